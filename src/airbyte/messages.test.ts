/** Which messages are recognised, in every form that sources and platforms send. */
import t from 'tap';
import { readMessage } from './messages.ts';

const readText = (text: string) => readMessage(Buffer.from(text));
const read = (message: unknown) => readText(JSON.stringify(message));
const status = (stream_status: unknown) => read({ type: 'TRACE', trace: { type: 'STREAM_STATUS', stream_status } });
const stream = (stream_descriptor: unknown) =>
  read({ type: 'STATE', state: { type: 'STREAM', stream: { stream_descriptor } } });

t.test('states are distinguished by their type; one without is LEGACY', async (t) => {
  t.same(stream({ name: 'a', namespace: 'n' }), {
    kind: 'state',
    type: 'STREAM',
    stream: { name: 'a', namespace: 'n' },
  });
  t.same(stream({ name: 'a', namespace: null }), { kind: 'state', type: 'STREAM', stream: { name: 'a' } });
  t.same(read({ type: 'STATE', state: { type: 'GLOBAL', global: {} } }), { kind: 'state', type: 'GLOBAL' });
  for (const state of [{ data: {} }, { type: null, data: {} }, { type: 'LEGACY', data: {} }])
    t.same(read({ type: 'STATE', state }), { kind: 'state', type: 'LEGACY' });
});

t.test('a state is read however it is written', async (t) => {
  const state = { kind: 'state', type: 'STREAM', stream: { name: 'ä"', namespace: 'n' } };
  const blob = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const inner = (more: string) =>
    `{${more}"stream":{"stream_state":${blob},"stream_descriptor" : {"namespace":"n","name":"\\u00e4\\""}}, "type":"STREAM"}`;
  t.same(readText(`{"state":${inner('')},"type":"STATE"}`), state, 'deep, in any order');
  t.same(readText(`\r\t{"\\u0074ype":"LOG","state":1,"type":"ST\\u0041TE","state":${inner('"type":1,')}} `), state);
  t.same(readText(`{"type":"STATE","state":${inner('')},"state":null}`).kind, 'broken', 'the last of its name counts');
});

t.test('COMPLETE is recognised, other traces are ignored silently', async (t) => {
  const stream_descriptor = { name: 'a' };
  t.same(status({ stream_descriptor, status: 'COMPLETE' }), { kind: 'complete', stream: { name: 'a' } });
  for (const each of [
    status({ stream_descriptor, status: 'STARTED' }),
    status({ stream_descriptor, status: 'INCOMPLETE' }),
    status({ status: 'COMPLETE' }),
    status(null),
    read({ type: 'TRACE', trace: { type: 'ESTIMATE', estimate: {} } }),
    read({ type: 'TRACE' }),
  ])
    t.same(each, { kind: 'passing' });
});

t.test('other types are named', async (t) => {
  t.same(read({ type: 'LOG', log: {} }), { kind: 'ignored', type: 'LOG' });
  t.same(read({ type: 'NEW_THING' }), { kind: 'ignored', type: 'NEW_THING' });
});

t.test('a broken line is reported without its content', async (t) => {
  for (const [message, problem] of [
    [[], 'it is not a JSON object'],
    [17, 'it is not a JSON object'],
    [null, 'it is not a JSON object'],
    [{ kind: 'secret' }, 'it has no "type"'],
    [{ type: 7 }, 'it has no "type"'],
    [{ type: 'STATE' }, 'it is a STATE without an object "state"'],
    [{ type: 'STATE', state: [] }, 'it is a STATE without an object "state"'],
    [{ type: 'STATE', state: { type: 'secret' } }, 'it is a STATE of an unknown type'],
    [{ type: 'STATE', state: { type: 'STREAM' } }, 'it is a STREAM STATE that names no stream'],
    [{ type: 'STATE', state: { type: 'STREAM', stream: {} } }, 'it is a STREAM STATE that names no stream'],
  ] as const)
    t.same(read(message), { kind: 'broken', problem }, JSON.stringify(message));
});
