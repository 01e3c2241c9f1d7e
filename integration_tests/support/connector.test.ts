/** The runner of the built connector reports what happened: output, exit codes, signals, memory. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runConnector, startConnector } from './connector.ts';

function files(t: { testdir(): string }): string[] {
  const folder = t.testdir();
  const config = { domain: 'acme', access_key: 'k', streams: [{ stream: 'a', object: 'A', operation: 'INSERT' }] };
  const stream = { name: 'a', json_schema: { properties: { id: {} } }, supported_sync_modes: ['full_refresh'] };
  // A Clear calls nobody: there is no tenant.
  const catalog = { streams: [{ stream, sync_mode: 'full_refresh', destination_sync_mode: 'overwrite' }] };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'catalog.json'), JSON.stringify(catalog));
  return ['write', '--config', join(folder, 'config.json'), '--catalog', join(folder, 'catalog.json')];
}

t.test('a command is run to its end, and its lines are parsed', async (t) => {
  const seen: string[] = [];
  const result = await runConnector(['spec'], { onLine: (line) => seen.push(line) });
  t.equal(result.code, 0);
  t.equal(result.signal, null);
  t.equal(result.stderr, '');
  t.same(
    result.messages.map(({ type }) => type),
    ['SPEC'],
  );
  t.same(seen, result.lines);
});

t.test('a failing command returns its exit code', async (t) => {
  const result = await runConnector(['discover'], { stdin: 'ignore' });
  t.equal(result.code, 1);
  t.equal(result.messages.at(-1)?.['trace']?.error?.failure_type, 'config_error');
});

t.test('input comes from an iterable too', async (t) => {
  const state = '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"}},"id":7}}';
  async function* input() {
    yield `${state.slice(0, 30)}`;
    yield Buffer.from(`${state.slice(30)}\n`);
  }
  const result = await runConnector(files(t), { stdin: input() });
  t.equal(result.code, 0);
  t.equal(result.messages.find(({ type }) => type === 'STATE')?.['state'].id, 7);
});

t.test('a running connector is written to, read from and killed', async (t) => {
  const running = startConnector(files(t));
  const state = '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"}},"id":1}}';
  await running.write(state);
  const line = await running.line((each) => each.includes('"STATE"'));
  t.match(line, /"id":1\b/);
  running.kill();
  const result = await running.ended;
  t.equal(result.signal, 'SIGKILL');
  t.equal(result.code, null);
  await t.rejects(
    running.line((each) => each.includes('never said')),
    { message: /ended without the line/ },
  );
  await t.resolves(running.write('to nobody'), 'writing to an ended process does not fail the test');
});
