import fc from 'fast-check';
import t from 'tap';
import { minute } from '../clock.ts';
import { beforeAppend, type Caps, caps, closeByAge, insertEndsAt } from './close_policy.ts';

t.test('a megabyte is a million bytes', (t) => {
  t.strictSame(caps({ max_bytes: 75_000_000, max_rows: 1_000_000 }), { maxBytes: 75_000_000, maxRows: 1_000_000 });
  t.strictSame(caps({ max_bytes: 1000, max_rows: 1 }), { maxBytes: 1000, maxRows: 1 });
  t.end();
});

t.test('a row is appended, needs a compaction or a new file first, or is rejected', (t) => {
  const cap: Caps = { maxBytes: 1000, maxRows: 10 };
  const empty = { bytes: 20, rows: 0 };
  const fill = (bytes: number, rows: number, hasKeys: boolean, compacted = empty) => {
    return { bytes, rows, headerBytes: 20, hasKeys, compacted };
  };
  const cases = [
    ['the row fits', fill(500, 3, false), 500, { do: 'append' }],
    ['the row is one byte too long', fill(500, 3, false), 501, { do: 'close', reason: 'bytes' }],
    ['the row is one too many', fill(500, 10, false), 1, { do: 'close', reason: 'rows' }],
    ['the row alone exceeds the limit with the header', fill(500, 10, true), 981, { do: 'reject' }],
    ['the row alone just fits', fill(20, 0, true), 980, { do: 'append' }],
    ['rows with keys may be superseded', fill(500, 3, true), 501, { do: 'compact' }],
    ['rows with keys may be superseded, by count', fill(500, 10, true), 1, { do: 'compact' }],
    ['little was live, much is new', fill(1000, 9, true, { bytes: 900, rows: 5 }), 1, { do: 'compact' }],
    [
      'more than 90 % of the bytes was live',
      fill(1000, 9, true, { bytes: 901, rows: 5 }),
      1,
      { do: 'close', reason: 'bytes' },
    ],
    ['nine of ten rows were live', fill(1000, 10, true, { bytes: 300, rows: 9 }), 1, { do: 'compact' }],
    ['all rows were live', fill(700, 10, true, { bytes: 700, rows: 10 }), 1, { do: 'close', reason: 'rows' }],
    ['nothing is new', fill(600, 5, true, { bytes: 600, rows: 5 }), 500, { do: 'close', reason: 'bytes' }],
    ['more than 90 % was live, and the row fits', fill(990, 9, true, { bytes: 950, rows: 9 }), 10, { do: 'append' }],
  ] as const;
  for (const [name, state, rowBytes, wanted] of cases) t.strictSame(beforeAppend(state, rowBytes, cap), wanted, name);
  t.end();
});

interface Load {
  /**
   * Live bytes and rows of each closed batch, and whether its rows had keys; the last one is closed at the end of the
   * input.
   */
  readonly closed: readonly { readonly bytes: number; readonly rows: number; readonly lastCompacted: number }[];
  readonly compacted: number;
  readonly appended: number;
}

/** Applies the decisions to rows with these keys and lengths, as the flow does. */
function load(rows: readonly (readonly [key: number, bytes: number])[], hasKeys: boolean, cap: Caps): Load {
  const closed: { bytes: number; rows: number; lastCompacted: number }[] = [];
  let live = new Map<number, number>();
  let compacted = { bytes: 10, rows: 0 };
  let [bytes, count, compactions] = [10, 0, 0];
  const liveBytes = () => [...live.values()].reduce((sum, length) => sum + length, 10);
  const compact = () => {
    [bytes, count] = [liveBytes(), live.size];
    compacted = { bytes, rows: count };
  };
  const close = () => {
    closed.push({
      bytes: liveBytes(),
      rows: live.size,
      lastCompacted: Math.max(compacted.bytes / cap.maxBytes, compacted.rows / cap.maxRows),
    });
    live = new Map();
    compacted = { bytes: 10, rows: 0 };
    [bytes, count] = [10, 0];
  };
  for (const [at, [key, length]] of rows.entries()) {
    for (let asked = 0; ; asked += 1) {
      if (asked > 2) throw new Error('The decisions repeat endlessly');
      const decision = beforeAppend({ bytes, rows: count, headerBytes: 10, hasKeys, compacted }, length, cap);
      if (decision.do === 'append') break;
      if (decision.do === 'compact') compactions += 1;
      if (decision.do === 'compact') compact();
      else close();
    }
    live.set(hasKeys ? key : at, length);
    bytes += length;
    count += 1;
    if (bytes > cap.maxBytes || count > cap.maxRows) throw new Error('A limit is exceeded');
  }
  close();
  return { closed, compacted: compactions, appended: rows.length };
}

const lengths = fc.integer({ min: 1, max: 60 });
const someRows = fc.array(fc.tuple(fc.nat(40), lengths), { minLength: 1, maxLength: 400 });

t.test('without keys each file is filled until the next row would exceed the limit', (t) => {
  const cap: Caps = { maxBytes: 500, maxRows: 25 };
  const check = (rows: readonly (readonly [number, number])[]) => {
    const { closed, compacted } = load(rows, false, cap);
    const total = rows.reduce((sum, [, length]) => sum + length, 0);
    // At most a row's length of each file is unused.
    const mostJobs = Math.ceil(total / (500 - 10 - 60)) + Math.ceil(rows.length / 25);
    return (
      compacted === 0 && closed.length <= mostJobs && closed.reduce((sum, one) => sum + one.rows, 0) === rows.length
    );
  };
  fc.assert(fc.property(someRows, check), { seed: 5 });
  for (const count of [1, 48, 49, 50, 98, 99, 490, 491]) {
    const rows = Array.from({ length: count }, (_, at) => [at, 10] as const);
    const wide: Caps = { maxBytes: 500, maxRows: 1000 };
    t.equal(load(rows, false, wide).closed.length, Math.ceil(count / 49), `${count} rows of 10 bytes, 49 a file`);
    t.equal(load(rows, true, wide).closed.length, Math.ceil(count / 49), `${count} keys of 10 bytes, 49 a file`);
    t.equal(load(rows, false, cap).closed.length, Math.ceil(count / 25), `${count} rows, 25 a file`);
  }
  t.end();
});

t.test('with keys a file is closed only if more than 90 % was live, and compactions are rare', (t) => {
  const cap: Caps = { maxBytes: 1000, maxRows: 60 };
  const check = (keys: number, rows: readonly (readonly [number, number])[]) => {
    const { closed, compacted, appended } = load(
      rows.map(([key, length]) => [key % keys, length]),
      true,
      cap,
    );
    const early = closed
      .slice(0, -1)
      .filter((one) => one.lastCompacted <= 0.9 && one.bytes <= 1000 - 60 && one.rows < 60);
    // Each needs a tenth of a limit in new bytes or rows; one per batch comes before it is closed.
    const mostCompactions = closed.length + (appended * 60) / 100 + appended / 6;
    return early.length === 0 && compacted <= mostCompactions;
  };
  const sizes = fc.array(fc.tuple(fc.nat(1000), lengths), { minLength: 300, maxLength: 900 });
  fc.assert(fc.property(fc.integer({ min: 1, max: 90 }), sizes, check), { seed: 6 });
  const hot = load(
    Array.from({ length: 10_000 }, (_, at) => [at % 20, 10] as const),
    true,
    cap,
  );
  t.equal(hot.closed.length, 1, 'a few keys that are repeated again and again need one file');
  t.ok(hot.compacted <= 10_000 / 40, `${hot.compacted} compactions`);
  t.end();
});

t.test('a batch that may become several files needs a call for each', (t) => {
  const cut = (files: number, used: number) =>
    closeByAge({
      maxAgeMs: 30 * minute,
      open: [{ id: 1, planId: 1, objectFree: true, unfinishedParents: [], barred: false, files }],
      held: [{ ageMs: 31 * minute, needs: [1] }],
      waitingPlans: [1],
      quota: { windows: [{ ownLimit: 10, left: 10 - used }], callsPerJob: 1 },
    });
  t.same(cut(1, 4), [1]);
  t.same(cut(1, 5), []);
  t.same(cut(4, 1), [1]);
  t.same(cut(4, 2), []);
  t.end();
});

t.test('an INSERT batch is closed at its last state, or as a whole', (t) => {
  t.equal(insertEndsAt(100, 60), 60);
  t.equal(insertEndsAt(100, 100), 100);
  t.equal(insertEndsAt(100, 0), 100);
  t.end();
});
