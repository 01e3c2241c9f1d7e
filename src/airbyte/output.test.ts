import { PassThrough, Writable } from 'node:stream';
import t from 'tap';
import { ConnectorError } from '../errors.ts';
import { Output, type OutputOptions } from './output.ts';

const clock = { now: () => 1_700_000_000_000 };

/** A reader that takes one line at a time on request. */
class SlowReader extends Writable {
  readonly lines: string[] = [];
  #taken: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 100, decodeStrings: false });
  }

  override _write(chunk: string, _encoding: string, taken: () => void): void {
    this.lines.push(chunk);
    this.#taken = taken;
  }

  take(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }

  async takeAll(): Promise<void> {
    while (this.writableLength > 0) {
      this.take();
      await new Promise(setImmediate);
    }
  }
}

function outputTo(stream: Writable, options: Partial<OutputOptions> = {}): Output {
  return new Output(stream, { secrets: ['s3cr3t-key'], clock, ...options });
}

async function written(use: (output: Output) => void, options: Partial<OutputOptions> = {}) {
  const stream = new PassThrough({ readableHighWaterMark: 10_000_000 });
  const output = outputTo(stream, options);
  use(output);
  await output.flush();
  return linesOf(stream).map((line) => JSON.parse(line));
}

/** What waits to be read. From Node 26 `read()` returns one chunk; before, all of them. */
function linesOf(stream: PassThrough): string[] {
  let text = '';
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) text += chunk;
  return text.split('\n').slice(0, -1);
}

const none = { recordCount: 0 };
const stats = (accepted: number, rejected: number) =>
  `"destinationStats":{"recordCount":${accepted}.0,"rejectedRecordCount":${rejected}.0}`;

t.test('each message is one line of JSON, whatever its text contains', async (t) => {
  const lines = await written((output) => {
    output.log('INFO', 'two\nlines and \u2028');
    output.status('FAILED', 'no');
    output.message({ type: 'DESTINATION_CATALOG', destination_catalog: { operations: [] } });
  });
  t.strictSame(lines, [
    { type: 'LOG', log: { level: 'INFO', message: 'two lines and  ' } },
    { type: 'CONNECTION_STATUS', connectionStatus: { status: 'FAILED', message: 'no' } },
    { type: 'DESTINATION_CATALOG', destination_catalog: { operations: [] } },
  ]);
});

t.test('levels below the chosen one are left out, except warnings', async (t) => {
  for (const [logLevel, expected] of [
    [undefined, ['ERROR', 'WARN', 'INFO']],
    ['DEBUG', ['ERROR', 'WARN', 'INFO', 'DEBUG']],
    ['ERROR', ['ERROR', 'WARN']],
    ['verbose' as never, ['ERROR', 'WARN', 'INFO']],
  ] as const) {
    const lines = await written(
      (output) => {
        for (const level of ['ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'] as const) output.log(level, 'x');
      },
      { logLevel },
    );
    t.strictSame(
      lines.map((line) => line.log.level),
      expected,
      String(logLevel),
    );
  }
});

t.test('a secret is replaced in log, status and trace, and never in a state', async (t) => {
  const state = '{"type":"STATE","state":{"data":{"c":"s3cr3t-key","n":123456789012345678901234567890}}}';
  const stream = new PassThrough();
  const output = outputTo(stream);
  output.log('INFO', 'with s3cr3t-key');
  output.status('FAILED', 'with s3cr3t-key');
  output.trace(new ConnectorError('bug', { detail: 's3cr3t-key' }, { internal: 's3cr3t-key' }));
  await output.state(state, { recordCount: 2, rejectedRecordCount: 1 });
  const lines = linesOf(stream);
  t.equal(lines.length, 4);
  t.equal(lines[3], state.replace('}}}', `},${stats(2, 1)}}}`));
  for (const line of lines.slice(0, 3)) {
    t.notMatch(line, /s3cr3t/);
    t.match(line, /\*\*\*/);
  }
});

t.test('control characters become spaces in logs, but stay in a state', async (t) => {
  const stream = new PassThrough();
  const output = outputTo(stream);
  const odd = 'a\u001b[31m\r\nb\u0085\u2028\u202ec\0';
  output.log('WARN', odd);
  output.status('FAILED', odd);
  output.trace(new ConnectorError('config_invalid', { detail: odd }));
  await output.state('{"type":"STATE","state":{"data":"\u2028"}}', none);
  const lines = linesOf(stream);
  const [log, status, trace] = lines.slice(0, 3).map((line) => JSON.parse(line));
  for (const text of [log.log.message, status.connectionStatus.message, trace.trace.error.message]) {
    t.match(text, 'a [31m  b   c ');
    t.notMatch(text, /[\p{Cc}\u2028\u202e]/u);
  }
  t.match(trace.trace.error.stack_trace, /\n +at /);
  t.match(lines[3], '\u2028');
});

t.test('a state is written unchanged, however long', async (t) => {
  for (const length of [10, 65_536, 65_537, 3_000_000]) {
    const stream = new PassThrough();
    const [start, end] = ['{"type":"STATE","state":{"data":"', '"}}'];
    const text = 'ä'.repeat(length / 2);
    const read = stream.toArray();
    await outputTo(stream).state(Buffer.from(start + text + end), none);
    stream.end();
    t.equal(Buffer.concat(await read).toString(), `${start}${text}",${stats(0, 0)}}}\n`, `${length} bytes`);
  }
});

t.test('a secret added later is redacted from then on', async (t) => {
  const [line] = await written((output) => {
    output.hide(['known-later']);
    output.log('INFO', 'with known-later and s3cr3t-key');
  });
  t.equal(line.log.message, 'with *** and ***');
});

t.test('a trace has the failure, its type and its streams', async (t) => {
  const error = new ConnectorError(
    'job_failed',
    { job: 'J1', object: 'Company', words: 'no' },
    { stream: { name: 'a' } },
  );
  const [one, two, parent, many] = await written((output) => {
    output.trace(error);
    output.trace(error, [{ name: 'a', namespace: 'n' }, { name: 'b' }], [{ name: 'c' }]);
    output.trace(error, [{ name: 'a' }], [{ name: 'b' }, { name: 'c' }]);
    output.trace(
      error,
      Array.from({ length: 22 }, (_, index) => ({ name: `s${index}` })),
    );
  });
  t.equal(one.trace.type, 'ERROR');
  t.equal(one.trace.emitted_at, 1_700_000_000_000);
  t.equal(one.trace.error.message, error.message);
  t.equal(one.trace.error.internal_message, `job_failed: ${error.message}`);
  t.equal(one.trace.error.failure_type, 'config_error');
  t.strictSame(one.trace.error.stream_descriptor, { name: 'a' });
  t.match(one.trace.error.stack_trace, /output\.test/);
  t.equal(two.trace.error.message, `${error.message} Failed streams: n.a, b. Not loaded because of that: c.`);
  t.equal(parent.trace.error.message, `${error.message} Not loaded because of that: b, c.`);
  t.strictSame(parent.trace.error.stream_descriptor, { name: 'a' });
  t.notOk('stream_descriptor' in two.trace.error);
  t.match(many.trace.error.message, /s18, s19 and 2 more\.$/);
});

t.test('a stack trace has only frames, since the message of a foreign error may contain a value', async (t) => {
  const cause = new Error('Unexpected token in "jane@example.com"');
  const [line] = await written((output) => output.trace(new ConnectorError('host_unknown', { host: 'h' }, { cause })));
  t.match(line.trace.error.stack_trace, /caused by Error\n +at /);
  t.notMatch(JSON.stringify(line), /jane/);
});

t.test('texts are truncated where Airbyte would truncate them', async (t) => {
  const [trace, status, log] = await written((output) => {
    const long = 'x'.repeat(2_000_000);
    output.trace(new ConnectorError('bug', { detail: long }, { internal: long }));
    output.status('FAILED', long);
    output.log('WARN', long);
  });
  t.equal(trace.trace.error.message.length, 50_000);
  t.equal(trace.trace.error.internal_message.length, 50_000);
  t.ok(trace.trace.error.stack_trace.length <= 100_000);
  t.equal(status.connectionStatus.message.length, 50_000);
  t.equal(log.log.message.length, 1_000_000);
  t.ok(log.log.message.endsWith('x…'));
});

t.test('a secret across the place of truncation is replaced completely', async (t) => {
  const [line] = await written((output) => output.status('FAILED', `${'x'.repeat(49_995)}s3cr3t-key`));
  t.notMatch(line.connectionStatus.message, /s3/);
});

t.test('a state resolves when it was passed to the reader, not before', async (t) => {
  const reader = new SlowReader();
  const output = outputTo(reader);
  const events: string[] = [];
  const state = output.state('{"state":{}}', none).then(() => events.push('state'));
  await new Promise(setImmediate);
  t.strictSame(events, []);
  reader.take();
  await state;
  t.strictSame(events, ['state']);
});

t.test('drained waits for the reader, flush for the last line', async (t) => {
  const reader = new SlowReader();
  const output = outputTo(reader);
  await output.drained();
  output.log('WARN', 'x'.repeat(200));
  const events: string[] = [];
  const drained = output.drained().then(() => events.push('drained'));
  const flushed = output.flush().then(() => events.push('flushed'));
  await new Promise(setImmediate);
  t.strictSame(events, []);
  await reader.takeAll();
  await Promise.all([drained, flushed]);
  t.strictSame(events.sort(), ['drained', 'flushed']);
});

t.test('while the output is not read, INFO is left out and counted, and WARN stays in order', async (t) => {
  const reader = new SlowReader();
  const output = outputTo(reader);
  for (let line = 0; line < 5000; line++) output.log('INFO', `${line} ${'x'.repeat(1000)}`);
  t.ok(reader.writableLength < 1_100_000, 'bounded');
  output.log('WARN', 'a row was rejected');
  await reader.takeAll();
  await output.flush();
  const messages = reader.lines.map((line) => JSON.parse(line).log.message);
  t.equal(messages.at(-1), 'a row was rejected');
  const [, leftOut] = /^(\d+) log lines were left out/.exec(messages.at(-2)) ?? [];
  t.equal(messages.length - 2 + Number(leftOut), 5000);
});

t.test('a closed reader ends every wait and throws nothing', async (t) => {
  const reader = new SlowReader();
  const output = outputTo(reader);
  const state = output.state(`{"state":{"data":"${'x'.repeat(500)}"}}`, none);
  const waits = [state, output.drained(), output.flush()];
  t.equal(output.closed.aborted, false);
  reader.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  await Promise.all(waits);
  t.equal(output.closed.aborted, true);
  output.log('ERROR', 'into the void');
  await output.state('{"state":{}}', none);
  await output.flush();
});
