import t from 'tap';
import { MemoryTexts } from '../../integration_tests/support/memory_texts.ts';
import { planOf } from '../../integration_tests/support/spool.ts';
import { Accounts } from './accounts.ts';
import { Checkpoint } from './checkpoint.ts';

const accounts = 0;
const contacts = 1;
const plans = Array.from({ length: 1000 }, (_, id) => planOf('UPSERT', id));

/** The accounts that a checkpoint reads for records that reach no batch. */
function openAccounts() {
  const all = new Accounts(plans);
  return {
    all,
    skip: (planId: number) => all.skipped(all.of({ id: planId }), false),
    refuse: (planId: number) => all.refused(planOf('UPSERT', planId), false),
  };
}

function setUp() {
  const texts = new MemoryTexts();
  const emitted: [string, number, number][] = [];
  const flushes: number[] = [];
  const { all, skip, refuse } = openAccounts();
  const checkpoint = new Checkpoint(texts, {
    accounts: all,
    rejects: {
      async flush() {
        flushes.push(emitted.length);
      },
    },
    async emit(text, stats) {
      emitted.push([String(text), stats.recordCount, stats.rejectedRecordCount]);
    },
  });
  let line = 0;
  const stream = (planId: number, text: string, open: [batchId: number, records: number, insert?: boolean][] = []) => {
    line += 1;
    const sizes = open.map(([batchId, records, insert = false]) => ({ planId, batchId, records, insert }));
    checkpoint.hold({ type: 'STREAM', planId, text, line, at: line * 1000 }, sizes);
  };
  const global = (text: string, open: [planId: number, batchId: number, records: number, insert?: boolean][] = []) => {
    line += 1;
    const sizes = open.map(([planId, batchId, records, insert = false]) => ({ planId, batchId, records, insert }));
    checkpoint.hold({ type: 'GLOBAL', text, line, at: line * 1000 }, sizes);
  };
  const closed = (planId: number, batchId: number, records: number, insert = false) =>
    checkpoint.closed({ planId, batchId, records, insert });
  return { checkpoint, skip, refuse, texts, emitted, flushes, stream, global, closed };
}

t.test('a state is released only after the batch with the records before it is settled', async (t) => {
  const { checkpoint, texts, emitted, stream, closed } = setUp();
  stream(accounts, 'A', [[1, 500]]);
  t.equal(await checkpoint.release(), 0);
  closed(accounts, 1, 800);
  t.equal(await checkpoint.release(), 0);
  t.strictSame([...checkpoint.bounds(1)], [0, 500, 800]);
  checkpoint.settle(1, [3, 7]);
  t.equal(await checkpoint.release(), 1);
  t.strictSame(emitted, [['A', 497, 3]]);
  stream(accounts, 'B');
  await checkpoint.release();
  t.strictSame(emitted.at(-1), ['B', 293, 7]);
  t.equal(texts.size, 0);
});

t.test('a state without records before it is released at once', async (t) => {
  const { checkpoint, emitted, flushes, stream } = setUp();
  stream(accounts, 'A');
  await checkpoint.release();
  t.strictSame(emitted, [['A', 0, 0]]);
  t.strictSame(flushes, [], 'nothing to make durable');
});

t.test('skipped records count as loaded, rejected ones as rejected, each in its interval', async (t) => {
  const { checkpoint, skip, refuse, emitted, flushes, stream } = setUp();
  skip(accounts);
  refuse(accounts);
  refuse(contacts);
  stream(accounts, 'A');
  skip(accounts);
  stream(accounts, 'B');
  await checkpoint.release();
  t.strictSame(emitted, [
    ['A', 1, 1],
    ['B', 1, 0],
  ]);
  t.strictSame(flushes, [0], 'what was reported is made durable first, once');
});

t.test('states of one stream keep their order and do not delay those of others', async (t) => {
  const { checkpoint, emitted, stream, closed } = setUp();
  stream(accounts, 'A1', [[1, 1]]);
  closed(accounts, 1, 1);
  stream(accounts, 'A2', [[2, 1]]);
  closed(accounts, 2, 1);
  stream(contacts, 'C1', [[3, 1]]);
  closed(contacts, 3, 1);
  checkpoint.settle(2, [0]);
  checkpoint.settle(3, [0]);
  await checkpoint.release();
  t.strictSame(emitted, [['C1', 1, 0]]);
  checkpoint.settle(1, [1]);
  await checkpoint.release();
  t.strictSame(emitted.slice(1), [
    ['A1', 0, 1],
    ['A2', 1, 0],
  ]);
});

t.test('of the states inside an INSERT batch only the last is released, with the sums of the others', async (t) => {
  const { checkpoint, skip, emitted, texts, stream, closed } = setUp();
  stream(accounts, 'start', [[1, 0, true]]);
  stream(accounts, 'in 1', [[1, 10, true]]);
  stream(accounts, 'in 2', [[1, 20, true]]);
  skip(accounts);
  stream(accounts, 'end 1', [[1, 30, true]]);
  stream(accounts, 'end 2', [[1, 30, true]]);
  t.equal(checkpoint.lastStateAt(1), 30);
  closed(accounts, 1, 30, true);
  checkpoint.settle(1, [1, 2, 3]);
  await checkpoint.release();
  t.strictSame(emitted, [
    ['start', 0, 0],
    ['end 1', 25, 6],
    ['end 2', 0, 0],
  ]);
  t.equal(texts.size, 0);
});

t.test('an INSERT batch that is closed after its last state delays that state until the next batch', async (t) => {
  const { checkpoint, emitted, stream, closed } = setUp();
  stream(accounts, 'in', [[1, 10, true]]);
  closed(accounts, 1, 15, true);
  checkpoint.settle(1, [0, 0]);
  await checkpoint.release();
  t.strictSame(emitted, []);
  stream(accounts, 'next', [[2, 5, true]]);
  closed(accounts, 2, 5, true);
  checkpoint.settle(2, [1]);
  await checkpoint.release();
  t.strictSame(emitted, [['next', 19, 1]]);
});

t.test('the rest of an INSERT batch that is closed at its last state belongs to the next batch', async (t) => {
  const { checkpoint, emitted, stream, closed } = setUp();
  stream(accounts, 'A', [[1, 10, true]]);
  checkpoint.split(1, 2, checkpoint.lastStateAt(1));
  closed(accounts, 1, 10, true);
  t.equal(checkpoint.lastStateAt(2), 0);
  stream(accounts, 'B', [[2, 7, true]]);
  checkpoint.settle(1, [0]);
  await checkpoint.release();
  t.strictSame(emitted, [['A', 10, 0]]);
  closed(accounts, 2, 7, true);
  checkpoint.settle(2, [7]);
  await checkpoint.release();
  t.strictSame(emitted.at(-1), ['B', 0, 7]);
});

t.test('a closed INSERT batch that is split at a state releases that state', async (t) => {
  const { checkpoint, emitted, stream, closed } = setUp();
  stream(accounts, 'A', [[1, 10, true]]);
  stream(accounts, 'B', [[1, 20, true]]);
  stream(accounts, 'C', [[1, 30, true]]);
  closed(accounts, 1, 30, true);
  checkpoint.split(1, 2, 20);
  t.strictSame([...checkpoint.bounds(1)], [0, 10, 20]);
  t.strictSame([...checkpoint.bounds(2)], [0, 10]);
  checkpoint.settle(1, [0, 0]);
  await checkpoint.release();
  t.strictSame(emitted, [['B', 20, 0]]);
  checkpoint.settle(2, [0]);
  await checkpoint.release();
  t.strictSame(emitted.at(-1), ['C', 10, 0]);
});

t.test('a batch that is split between two states needs both parts for the later one', async (t) => {
  const { checkpoint, emitted, stream, closed } = setUp();
  stream(accounts, 'A', [[1, 10, true]]);
  closed(accounts, 1, 10, true);
  checkpoint.split(1, 2, 4);
  checkpoint.settle(2, [1]);
  await checkpoint.release();
  t.strictSame(emitted, []);
  checkpoint.settle(1, [0]);
  await checkpoint.release();
  t.strictSame(emitted, [['A', 9, 1]]);
});

t.test('a global state waits for the records of all streams, those before the first state included', async (t) => {
  const { checkpoint, skip, refuse, emitted, global, closed } = setUp();
  skip(accounts);
  refuse(contacts);
  closed(accounts, 1, 5);
  global('G1', [[contacts, 2, 3]]);
  global('G2', [[contacts, 2, 4]]);
  closed(contacts, 2, 4);
  checkpoint.settle(2, [1, 0]);
  await checkpoint.release();
  t.strictSame(emitted, []);
  checkpoint.settle(1, [2]);
  await checkpoint.release();
  t.strictSame(emitted, [
    ['G1', 1 + 3 + 2, 1 + 2 + 1],
    ['G2', 1, 0],
  ]);
});

t.test('with global states all open INSERT batches are closed at the last of them', async (t) => {
  const { checkpoint, emitted, global, closed } = setUp();
  global('G1', [
    [accounts, 1, 10, true],
    [contacts, 2, 1, true],
  ]);
  global('G2', [[accounts, 1, 20, true]]);
  t.strictSame(
    checkpoint.commonEnd([1, 2, 3]),
    new Map([
      [1, 20],
      [2, 1],
    ]),
  );
  checkpoint.split(1, 4, 20);
  closed(accounts, 1, 20, true);
  closed(contacts, 2, 1, true);
  checkpoint.settle(1, [0, 0]);
  checkpoint.settle(2, [0]);
  await checkpoint.release();
  t.strictSame(emitted, [['G2', 21, 0]]);
});

t.test('what the source sends again of a stream is what no released state covers', async (t) => {
  const { checkpoint, skip, stream, closed } = setUp();
  const comesAgain = () => [checkpoint.comesAgain(accounts), checkpoint.comesAgain(contacts)];
  stream(accounts, 'A', [[1, 500]]);
  closed(accounts, 1, 500);
  t.same(comesAgain(), ['all', 'all'], 'nothing is released');
  checkpoint.settle(1);
  await checkpoint.release();
  t.same(comesAgain(), ['none', 'all'], 'of another stream nothing is');
  closed(accounts, 2, 10);
  checkpoint.settle(2);
  t.same(comesAgain(), ['some', 'all'], 'records follow the last state');
  stream(accounts, 'B');
  t.same(comesAgain(), ['some', 'all'], 'their state is held');
  await checkpoint.release();
  t.same(comesAgain(), ['none', 'all']);
  skip(accounts);
  t.same(comesAgain(), ['some', 'all'], 'so do records that reach no batch');
  stream(accounts, 'C');
  await checkpoint.release();
  checkpoint.withhold(accounts);
  t.same(comesAgain(), ['some', 'all'], 'the stream has failed');
});

t.test('a state of a different type than before is broken input', async (t) => {
  const { checkpoint, stream, global } = setUp();
  stream(accounts, 'A');
  t.throws(() => global('G'), { code: 'input_broken', message: /Line 2.*GLOBAL after states of type STREAM/ });
  const other = setUp();
  other.global('G');
  t.throws(() => other.checkpoint.hold({ type: 'LEGACY', text: 'L', line: 9, at: 0 }, []), { code: 'input_broken' });
  await checkpoint.release();
});

t.test('a failed stream releases the states before its failure and none after', async (t) => {
  const { checkpoint, emitted, texts, stream, closed } = setUp();
  stream(accounts, 'A0');
  await checkpoint.release();
  stream(accounts, 'A1', [[1, 5]]);
  closed(accounts, 1, 5);
  stream(accounts, 'A2', [[2, 5]]);
  closed(accounts, 2, 5);
  stream(contacts, 'C1', [[3, 5]]);
  closed(contacts, 3, 5);
  checkpoint.withhold(accounts, 2);
  stream(accounts, 'A3');
  for (const batchId of [2, 1, 3]) checkpoint.settle(batchId, [0]);
  await checkpoint.release();
  t.strictSame(emitted, [
    ['A0', 0, 0],
    ['A1', 5, 0],
    ['C1', 5, 0],
  ]);
  t.equal(texts.size, 0, 'no memory is kept for states that will never be released');
});

t.test('a stream that fails before any state releases none, and with global states no stream does', async (t) => {
  const one = setUp();
  one.checkpoint.withhold(accounts);
  one.stream(accounts, 'A');
  one.stream(contacts, 'C');
  await one.checkpoint.release();
  t.strictSame(one.emitted, [['C', 0, 0]]);

  const all = setUp();
  all.checkpoint.withhold(accounts);
  all.global('G');
  await all.checkpoint.release();
  t.strictSame(all.emitted, []);
});

t.test('INSERT batches of other streams are still closed at a global state after a stream failed', async (t) => {
  const { checkpoint, global } = setUp();
  checkpoint.withhold(accounts);
  global('G', [[contacts, 2, 8, true]]);
  t.equal(checkpoint.lastStateAt(2), 8);
});

t.test(
  'releases wait for each other, and what settles in the meantime is made durable before it is released',
  async (t) => {
    const events: string[] = [];
    const gates: (() => void)[] = [];
    const step = (event: string) => {
      events.push(event);
      return new Promise<void>((resolve) => gates.push(resolve));
    };
    const { all, refuse } = openAccounts();
    const checkpoint = new Checkpoint(new MemoryTexts(), {
      accounts: all,
      rejects: { flush: () => step('flush') },
      emit: (text) => step(String(text)),
    });
    const hold = (text: string) => {
      refuse(accounts);
      checkpoint.hold({ type: 'STREAM', planId: accounts, text, line: 1, at: 0 }, []);
    };
    const open = async () => {
      gates.shift()?.();
      await new Promise(setImmediate);
    };
    hold('A');
    const released = [checkpoint.release(), checkpoint.release()];
    await open();
    t.strictSame(events, ['flush']);
    hold('B');
    await open();
    t.strictSame(events, ['flush', 'A']);
    for (let count = 0; count < 4; count++) await open();
    t.strictSame(events, ['flush', 'A', 'flush', 'B']);
    t.strictSame(await Promise.all(released), [2, 0]);
  },
);

t.test('a release that fails keeps the state, and the next one tries again', async (t) => {
  const emitted: string[] = [];
  let broken = true;
  const { all, refuse } = openAccounts();
  const checkpoint = new Checkpoint(new MemoryTexts(), {
    accounts: all,
    rejects: { flush: () => (broken ? Promise.reject(new Error('disk')) : Promise.resolve()) },
    emit: async (text) => void emitted.push(String(text)),
  });
  refuse(accounts);
  checkpoint.hold({ type: 'STREAM', planId: accounts, text: 'A', line: 1, at: 0 }, []);
  await t.rejects(checkpoint.release(), { message: 'disk' });
  broken = false;
  t.equal(await checkpoint.release(), 1);
  t.strictSame(emitted, ['A']);
});

t.test('the oldest held states show since when and for which batches they wait', async (t) => {
  const { checkpoint, stream, closed } = setUp();
  stream(accounts, 'A1', [[1, 5]]);
  stream(accounts, 'A2', [[1, 9]]);
  stream(contacts, 'C1', [[2, 5]]);
  closed(contacts, 2, 5);
  closed(accounts, 3, 5);
  t.strictSame(checkpoint.oldestHeld(), [
    { planId: accounts, states: 2, since: 1000, needs: [accounts], closed: [] },
    { planId: contacts, states: 1, since: 3000, needs: [], closed: [2] },
  ]);
});

t.test(
  'an open INSERT batch is needed with everything its last state waits for; after that state closing does not help',
  async (t) => {
    const { checkpoint, global, closed } = setUp();
    const others = 2;
    global('G1', [
      [accounts, 1, 5, true],
      [contacts, 2, 5],
    ]);
    t.strictSame(checkpoint.oldestHeld()[0]?.needs, [accounts, contacts], 'G1 is at the end of batch 1');
    global('G2', [
      [accounts, 1, 6, true],
      [others, 3, 1],
    ]);
    t.strictSame(checkpoint.oldestHeld()[0]?.needs, [accounts, contacts, others], 'G1 is released only with G2');
    closed(accounts, 1, 7, true);
    t.strictSame(checkpoint.oldestHeld()[0]?.needs, [], 'both are inside batch 1 now: the next state is needed');
  },
);

t.test('impossible counts are a bug, not a wrong release', async (t) => {
  const { checkpoint, stream, closed } = setUp();
  stream(accounts, 'A', [[1, 5]]);
  t.throws(() => checkpoint.settle(1, [0]), { code: 'bug' }, 'still open');
  t.throws(() => checkpoint.bounds(7), { code: 'bug' }, 'unknown');
  t.throws(() => closed(accounts, 1, 4), { code: 'bug' }, 'shrunk');
  closed(accounts, 1, 5);
  t.throws(() => checkpoint.settle(1, [6]), { code: 'bug' }, 'more rejects than records');
  t.throws(() => checkpoint.settle(1, [0, 0]), { code: 'bug' }, 'a count too many');
  checkpoint.settle(1, [5]);
  t.throws(() => checkpoint.settle(1, [5]), { code: 'bug' }, 'twice');
  t.equal(await checkpoint.release(), 1);
});

t.test('10,000 held states of 1,000 streams are all released', async (t) => {
  const { checkpoint, emitted, stream, closed } = setUp();
  for (let state = 0; state < 10_000; state++) {
    stream(state % 1000, `${state}`, [[state % 1000, state + 1]]);
    await checkpoint.release();
  }
  for (let plan = 0; plan < 1000; plan++) closed(plan, plan, 20_000);
  for (let plan = 0; plan < 1000; plan++) {
    checkpoint.settle(plan, new Array(checkpoint.bounds(plan).length - 1).fill(0));
    await checkpoint.release();
  }
  t.equal(emitted.length, 10_000);
});
