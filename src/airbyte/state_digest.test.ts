import fc from 'fast-check';
import t from 'tap';
import { stateDigest } from './state_digest.ts';

const digest = (state: unknown, line = JSON.stringify({ type: 'STATE', state })) =>
  stateDigest(Buffer.from(line))?.toString('hex');
const stream = (stream_state: unknown, more: object = {}) =>
  digest({ type: 'STREAM', stream: { stream_descriptor: { name: 'a' }, stream_state }, ...more });

/** JSON with its members in another order, and white space. */
function spelledOtherwise(value: unknown): string {
  if (Array.isArray(value)) return `[ ${value.map(spelledOtherwise).join(' ,\n')} ]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).reverse();
  return `{ ${members.map(([key, each]) => `${escaped(key)} : ${spelledOtherwise(each)}`).join(' , ')}\t}`;
}

const escaped = (text: string) =>
  `"${[...text]
    .map((one) =>
      one
        .split('')
        .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
        .join(''),
    )
    .join('')}"`;

t.test('the digest depends on the content, however it is written', async (t) => {
  const alike = (value: unknown) => {
    const line = `{"state":{"stream":{"stream_state":${spelledOtherwise(value)}},"type":"STREAM"},"type":"STATE"}`;
    return stream(value) === digest(undefined, line);
  };
  t.doesNotThrow(() =>
    fc.assert(fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), alike), {
      seed: 3,
      numRuns: 500,
    }),
  );
  t.ok(
    alike({ many: Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`k${at}`, { at }])) }),
    'long ones too',
  );
});

t.test('members besides the content make no difference, the content does', async (t) => {
  const one = stream({ cursor: 1 });
  t.equal(stream({ cursor: 1 }, { id: 7, sourceStats: { recordCount: 3 } }), one);
  t.equal(stream({ cursor: 1 }, { destinationStats: { recordCount: 3 } }), one);
  const others = [
    stream({ cursor: 2 }),
    stream({ cursor: '1' }),
    stream({ cursor: 1, id: 7 }),
    stream({ cursor: [1] }),
    stream({ a: [1, 2] }),
    stream({ a: [2, 1] }),
    digest(
      undefined,
      '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_state":{"cursor":9007199254740993}}}}',
    ),
    digest(
      undefined,
      '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_state":{"cursor":9007199254740992}}}}',
    ),
  ];
  t.equal(new Set([one, ...others]).size, others.length + 1);
});

t.test('GLOBAL and LEGACY states have their own content; the order of streams in it does not matter', async (t) => {
  const states = [1, 2].map((cursor) => ({ stream_descriptor: { name: `s${cursor}` }, stream_state: { cursor } }));
  const global = (stream_states: unknown) =>
    digest({ type: 'GLOBAL', global: { shared_state: { lsn: 5 }, stream_states } });
  t.equal(global(states), global(states.toReversed()));
  t.not(global(states), global(states.slice(1)));
  t.equal(digest({ type: 'LEGACY', data: { a: 1 } }), digest({ data: { a: 1 }, id: 3 }));
  t.not(digest({ type: 'LEGACY', data: { a: 1 } }), digest({ type: 'LEGACY', data: { a: 2 } }));
});

t.test('extreme nesting is processed, in limited time', async (t) => {
  const deep = `${'['.repeat(1e5)}${']'.repeat(1e5)}`;
  t.type(digest(undefined, `{"state":{"data":{"a":${deep}}}}`), 'string');
});

t.test('a state without content has no digest', async (t) => {
  for (const state of [
    {},
    { type: 'STREAM', stream: { stream_descriptor: { name: 'a' } } },
    { type: 'LEGACY', data: null },
  ])
    t.equal(digest(state), undefined);
  t.equal(stream(null), undefined);
});
