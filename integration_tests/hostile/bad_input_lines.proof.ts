/**
 * A broken line ends the sync: reported by its number, without its content, and with the states of what is already
 * loaded.
 */
import t from 'tap';
import { allOrQuarter } from '../conservation/quarter.ts';
import { readLine } from '../support/log_lines.ts';
import { holdsFailure, recordLine, records, released, setUpProgram, state } from '../support/small_sync.ts';

const [begin = '', end = ''] = recordLine('accounts', '{"Id":"A9","Name":"canary-row|"}').split('|');
const notUtf8 = Buffer.concat([Buffer.from(begin), Buffer.from([0xc3, 0x28]), Buffer.from(end)]);
const withData = (data: string) => recordLine('accounts', data);

interface Case {
  readonly name: string;
  readonly line: string | Buffer;
  /** What the message must say. */
  readonly says: string;
  /** The input continues after the line. Default: true. */
  readonly goesOn?: boolean;
}

const cases: readonly Case[] = [
  { name: 'a last line that is cut off', line: Buffer.from(begin), says: 'the input ends within it', goesOn: false },
  { name: 'a line that is cut off', line: begin, says: 'it is not valid JSON' },
  { name: 'a line that is not JSON', line: 'canary-row', says: 'it is not valid JSON' },
  {
    name: 'bytes that are not UTF-8',
    line: Buffer.concat([notUtf8, Buffer.from('\n')]),
    says: 'it is not valid UTF-8',
  },
  { name: 'a RECORD without data', line: withData('{}').replace('"data":{},', ''), says: 'without an object "data"' },
  { name: 'data that is an array', line: withData('["canary-row"]'), says: 'without an object "data"' },
  {
    name: 'a RECORD without a stream',
    line: begin.replace('"stream":"accounts",', '') + end,
    says: 'without a stream',
  },
  { name: 'JSON that is no object', line: '["canary-row"]', says: 'it is not a JSON object' },
  { name: 'a STATE without a state', line: '{"type":"STATE","data":{}}', says: 'a STATE without an object "state"' },
  {
    name: 'a STATE without a stream',
    line: '{"type":"STATE","state":{"type":"STREAM"}}',
    says: 'that names no stream',
  },
  { name: 'a second kind of state', line: '{"type":"STATE","state":{"data":{}}}', says: 'type LEGACY after' },
  { name: 'a long line that is no RECORD', line: `{"type":"LOG","log":"${'x'.repeat(32_000_000)}"}`, says: '32 MB' },
];

t.jobs = 4;
for (const { name, line, says, goesOn = true } of allOrQuarter(cases, 'lines of input')) {
  t.test(name, { buffered: true }, async (t) => {
    const program = await setUpProgram(t, { config: { files: { max_rows: 2 } } });
    const running = program.start('write');
    // Two files of accounts are closed when the broken line comes; the open file contains a state, or does not.
    await running.write(records('contacts', 'C1') + state('contacts') + records('accounts', 'A1', 'A2'));
    await running.write(state('accounts', 7) + records('accounts', 'A3', 'A4', 'A5'));
    await running.line((text) => readLine('submitted', text) !== undefined);
    await running.write(line);
    if (goesOn) await running.write(records('accounts', 'A6', 'A7') + state('accounts', 8));
    running.end();
    const result = await running.ended;
    holdsFailure(t, result, program, {
      ...{ code: 'input_broken', type: 'system_error' },
      says: ['Line 9 of the input is broken', says, 'Airbyte tries again by itself', 'source connector'],
    });
    t.same(released(result).split(', ').sort(), ['accounts 7', 'contacts 1'], 'all states before it, and none after');
    const keys = (object: string) => program.sandbox.rows(object).map(({ Id }) => Id);
    t.same(
      [keys('Accounts'), keys('Contacts')],
      [['A1', 'A2', 'A3', 'A4'], ['C1']],
      'no row of an open file after them',
    );
  });
}
