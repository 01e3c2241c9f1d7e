/** Values that the source did not read, in whole syncs: the resulting rows, the states, the number of jobs. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import type { FaultScript } from '../../src/sandbox/faults.ts';
import { readLogs } from '../support/log_lines.ts';
import type { InProcessResult } from '../support/run_in_process.ts';
import {
  columns,
  first,
  jobsOf,
  lastRead,
  later,
  rowsOf,
  type Step,
  statesOf,
  sync,
  textsOf,
} from '../support/unread_sync.ts';

async function close(t: Test, run: InProcessResult): Promise<InProcessResult> {
  t.teardown(() => run.sandbox.close());
  return run;
}

t.test('fields whose values were not read stay as they are, and states wait for all files', async (t) => {
  const seen: string[] = [];
  const before = await close(t, await sync(first));
  const run = await sync(later, {
    tenant: before,
    onLine(line) {
      if (!line.includes('"type":"STATE"')) return;
      seen.push(before.sandbox.ownJobs.map(({ endedAfter }) => (endedAfter === undefined ? 'open' : 'done')).join(' '));
    },
  });
  t.equal(run.end, 'done');
  t.same(rowsOf(run), ['1 A1 b1 C1 D1', '2 AA2 B2 CC2 DD2', '3 A3 b3 c3 D3', '4 a4 b4 c4 d4']);
  t.same(jobsOf(run), ['id a b c d: 3', 'id a b c d: 2', 'id a c d: 1', 'id a d: 1']);
  t.same(statesOf(run), ['2: 2 + 0', '6: 3 + 0']);
  t.same(seen, ['done done done done', 'done done done done'], 'no state comes before the last of its files is loaded');
  t.match(readLogs('total', run.logs)[0], { records: 5, accepted: 4, superseded: 1, rejected: 0, unsettled: 0 });
  const separate = run.logs.filter((text) => text.includes('did not read'));
  t.same(separate, [
    'INFO companies → company: the source did not read b of 1 row, which are sent in a separate file without this field',
    'INFO companies → company: the source did not read b, c of 1 row, which are sent in a separate file without these fields',
  ]);
});

t.test(
  'rows of a fourth set, and rows of which only the key was read, are rejected with what they replaced',
  async (t) => {
    const steps: readonly Step[] = [
      ['1', '?', 'b', 'c', 'd'],
      ['2', 'a', '?', 'c', 'd'],
      ['3', 'a', 'b', '?', 'd'],
      ['4', 'a', 'b', '?', '?'],
      ['4', 'a', 'b', 'c', '?'],
      'state',
      ['5', '?', '?', '?', '?'],
      ['6', 'a', 'b', 'c', 'd'],
      'state',
    ];
    const run = await close(t, await sync(steps));
    t.equal(run.end, 'done');
    t.same(rowsOf(run), ['1 - b c d', '2 a - c d', '3 a b - d', '6 a b c d']);
    t.same(statesOf(run), ['5: 3 + 2', '8: 1 + 1']);
    const rejected = readLogs('rejectedRow', run.logs).map(({ job, key, field, records, reason }) => [
      ...[job, key['id'], field, records ?? 1],
      /three other sets|no value of the row but its key/.exec(reason)?.[0],
    ]);
    t.same(rejected, [
      [null, '4', 'd', 2, 'three other sets'],
      [null, '5', 'a, b, c, d', 1, 'no value of the row but its key'],
    ]);
    t.match(readLogs('total', run.logs)[0], { records: 7, accepted: 4, superseded: 0, rejected: 3, unsettled: 0 });
  },
);

t.test('a stream of which nothing can be sent fails, and its states are withheld', async (t) => {
  const steps: Step[] = ['1', '2', '3', '4', '5'].map((id) => [id, '?', '?', '?', '?']);
  const run = await close(t, await sync([...steps, 'state']));
  t.equal(run.end, 'failed');
  t.match(run.traces, [/5 of 5 rows .* none was accepted/]);
  t.same(statesOf(run), []);
  t.same(jobsOf(run), []);
});

t.test('a row that Gainsight rejects counts for the state after it, whichever file it is in', async (t) => {
  const rules = { objects: { company: { fields: { id: {}, a: {}, b: {}, c: {}, d: { maxLength: 2 } } } } };
  const steps: readonly Step[] = [
    ['1', 'a', '?', 'c', 'long'],
    ['2', 'a', '?', 'c', 'd'],
    'state',
    ['3', 'a', 'b', '?', 'd'],
    ['1', 'A', '?', 'c', 'long'],
    ['4', 'a', 'b', 'c', 'd'],
    ['5', 'a', 'b', 'c', 'long'],
    'state',
  ];
  const run = await close(t, await sync(steps, { rules }));
  t.equal(run.end, 'done');
  t.same(statesOf(run), ['2: 1 + 1', '7: 2 + 2']);
  t.match(readLogs('total', run.logs)[0], { records: 6, accepted: 3, rejected: 3, superseded: 0, unsettled: 0 });
});

t.test(
  'a separate file that fails withholds the states of the whole batch, and the next attempt completes it',
  async (t) => {
    // The second file of the second sync.
    const before = await close(t, await sync(first, { faults: [{ on: 'submit', nth: 3, do: { kind: 'fail' } }] }));
    const failed = await sync(later, { tenant: before });
    t.equal(failed.end, 'failed');
    t.same(statesOf(failed), []);
    const again = await sync(later, { tenant: before, attempt: 1 });
    t.equal(again.end, 'done');
    t.same(rowsOf(again), ['1 A1 b1 C1 D1', '2 AA2 B2 CC2 DD2', '3 A3 b3 c3 D3', '4 a4 b4 c4 d4']);
    t.same(statesOf(again), ['2: 2 + 0', '6: 3 + 0']);
  },
);

t.test('an attempt that was stopped between two files of a batch is continued by the next', async (t) => {
  for (const files of [1, 2, 3]) {
    const before = await close(t, await sync(first));
    const stop = new AbortController();
    const onLine = (line: string) => {
      if (line.includes('done after') && before.sandbox.ownJobs.length === 1 + files) stop.abort();
    };
    const stopped = await sync(later, { tenant: before, stop: stop.signal, onLine });
    t.equal(stopped.sandbox.ownJobs.length, 1 + files, `stopped after ${files} files`);
    t.same(statesOf(stopped), files === 3 ? ['2: 2 + 0', '6: 3 + 0'] : []);
    const again = await sync(later, { tenant: before, attempt: 1 });
    t.equal(again.end, 'done');
    t.same(readLogs('takenOver', again.logs).length, files, 'files already loaded are not sent again');
    t.equal(again.sandbox.ownJobs.length, 4);
    t.same(rowsOf(again), ['1 A1 b1 C1 D1', '2 AA2 B2 CC2 DD2', '3 A3 b3 c3 D3', '4 a4 b4 c4 d4']);
    t.same(statesOf(again), ['2: 2 + 0', '6: 3 + 0']);
  }
});

t.test('a file whose answer is lost is found in the list, and sent once', async (t) => {
  const faults: FaultScript = [{ on: 'submit', nth: 3, do: { kind: 'accept_then_drop' } }];
  const before = await close(t, await sync(first, { faults }));
  const run = await sync(later, { tenant: before });
  t.equal(run.end, 'done');
  t.equal(run.sandbox.ownJobs.length, 4);
  t.same(rowsOf(run), ['1 A1 b1 C1 D1', '2 AA2 B2 CC2 DD2', '3 A3 b3 c3 D3', '4 a4 b4 c4 d4']);
});

t.test('UPDATE leaves the fields of a separate file as they are, too', async (t) => {
  const before = await close(t, await sync(first));
  const run = await sync([['1', 'A', '?', 'C', 'D'], ['9', 'A', '?', 'C', 'D'], 'state'], {
    ...{ tenant: before, operation: 'UPDATE' },
  });
  t.same(rowsOf(run).slice(0, 1), ['1 A b1 C D']);
  t.same(statesOf(run), ['2: 1 + 1'], 'a row that does not exist is rejected');
});

/** At most three sets of unread values, so that no row is rejected. */
const values = fc
  .tuple(
    fc.constantFrom('', 'b', 'c', 'bc'),
    fc.array(fc.constantFrom('u', 'v', 'w, "x"', 'y\nz'), { minLength: 4, maxLength: 4 }),
  )
  .map(([unread, cells]) => cells.map((cell, at) => (unread.includes(columns[at + 1] as string) ? '?' : cell)));
const record = fc.tuple(fc.constantFrom('1', '2', '3', '4', '5'), values).map(([id, cells]) => [id, ...cells] as Step);
const steps = fc.array(fc.oneof({ arbitrary: record, weight: 5 }, fc.constant<Step>('state')), { maxLength: 30 });

t.test('any records in files of any size: for each key and column the last value that was read', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 2, max: 12 }), async (each, maxRows) => {
      const all: Step[] = [...first, ...each, 'state'];
      const run = await sync(all, { maxRows });
      await run.sandbox.close();
      assert.equal(run.end, 'done');
      assert.deepEqual(rowsOf(run), textsOf(lastRead(all)));
      const states = all.flatMap((step, seq) => (step === 'state' ? [seq] : []));
      assert.deepEqual(
        statesOf(run).map((text) => Number.parseInt(text, 10)),
        states,
      );
      const counted = statesOf(run).reduce((sum, text) => sum + Number.parseInt(text.split(' ')[1] ?? '', 10), 0);
      assert.equal(counted, all.length - states.length);
    }),
    { numRuns: 10, seed: 20_260_701, interruptAfterTimeLimit: 60_000 },
  );
});

/**
 * What deletions leave of the last values, if all records are in one batch: nothing from before the last deletion of a
 * key.
 */
function withoutDeleted(all: readonly Step[], stored: readonly Step[]): string[] {
  const rows = lastRead(stored);
  const waiting = new Map<string, string[]>();
  for (const step of all) {
    if (step === 'state') continue;
    if (step.length === 1) waiting.delete(step[0]);
    else lastRead([step], waiting);
  }
  for (const [id, cells] of waiting) lastRead([[id, ...cells.map((cell) => (cell === '-' ? '?' : cell))]], rows);
  return textsOf(rows);
}

t.test('any records and deletions in one file: nothing is sent from before a deletion', async () => {
  const deletion = fc.constantFrom('1', '2', '3', '4', '5').map((id) => [id] as Step);
  const mixed = fc.array(fc.oneof({ arbitrary: record, weight: 4 }, deletion, fc.constant<Step>('state')), {
    maxLength: 30,
  });
  await fc.assert(
    fc.asyncProperty(mixed, async (each) => {
      const before = await sync(first);
      try {
        const all: Step[] = [...each, 'state'];
        const run = await sync(all, { tenant: before });
        assert.equal(run.end, 'done');
        assert.deepEqual(rowsOf(run), withoutDeleted(all, first));
        const counted = statesOf(run).reduce((sum, text) => sum + Number.parseInt(text.split(' ')[1] ?? '', 10), 0);
        assert.equal(counted, all.filter((step) => step !== 'state').length);
      } finally {
        await before.sandbox.close();
      }
    }),
    { numRuns: 8, seed: 20_260_702, interruptAfterTimeLimit: 60_000 },
  );
});

t.test('any values that were not read: each record is loaded, replaced or rejected, and counted once', async () => {
  const cells = fc.tuple(...['A', 'B', 'C', 'D'].map((value) => fc.constantFrom('?', value)));
  const any = fc
    .tuple(fc.constantFrom('1', '2', '3', '4', '5', '6', '7', '8'), cells)
    .map(([id, row]) => [id, ...row] as Step);
  const mixed = fc.array(fc.oneof({ arbitrary: any, weight: 5 }, fc.constant<Step>('state')), { maxLength: 30 });
  let rejected = 0;
  await fc.assert(
    fc.asyncProperty(mixed, async (each) => {
      // Otherwise a stream with no accepted row would fail.
      const all: Step[] = [['9', 'a', 'b', 'c', 'd'], ...each, 'state'];
      const run = await sync(all);
      await run.sandbox.close();
      assert.equal(run.end, 'done');
      const rejects = readLogs('rejectedRow', run.logs).map(({ key }) => key['id']);
      const rows = new Map([...lastRead(all)].filter(([id]) => !rejects.includes(id)));
      assert.deepEqual(rowsOf(run), textsOf(rows));
      assert.equal(new Set(rejects).size, rejects.length);
      // At most this many files, and none with keys alone.
      assert.ok(run.sandbox.ownJobs.length <= 4);
      for (const { header } of run.sandbox.ownJobs) assert.ok(header.length > 1);
      const isBound = (id: string | undefined) => rejects.includes(id);
      const counts = { accepted: 0, rejected: 0 };
      for (const text of statesOf(run)) {
        const [, accepted = 0, refused = 0] = (/: (\d+) \+ (\d+)/.exec(text) ?? []).map(Number);
        counts.accepted += accepted;
        counts.rejected += refused;
      }
      const ids = all.flatMap((step) => (step === 'state' ? [] : step[0]));
      assert.deepEqual(counts, {
        accepted: ids.filter((id) => !isBound(id)).length,
        rejected: ids.filter(isBound).length,
      });
      rejected += counts.rejected;
    }),
    { numRuns: 10, seed: 20_260_703, interruptAfterTimeLimit: 60_000 },
  );
  assert.ok(rejected > 0);
});
