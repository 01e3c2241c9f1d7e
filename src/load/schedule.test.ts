import fc from 'fast-check';
import t from 'tap';
import type { Batch, Plan } from '../model.ts';
import { Schedule } from './schedule.ts';

let batches = 0;
/** Batches whose files were removed. */
let removed = 0;
/** The fields of a plan that the schedule uses. */
const planOf = (id: number, object: string, parents: readonly number[] = []): Plan =>
  ({ id, object, parents }) as unknown as Plan;
const batchOf = (plan: Plan): Batch => {
  batches += 1;
  return { id: batches, plan, remove: async () => void removed++ } as unknown as Batch;
};

/** A schedule with these batches, closed in the order of `closed` (plan ids). */
function filled(plans: readonly Plan[], closed: string): Schedule {
  const schedule = new Schedule(plans);
  for (const id of closed) schedule.add(batchOf(plans[Number(id)] as Plan));
  return schedule;
}

/** Takes batches one after the other, each ended before the next; returns the ids of their plans. */
function drain(schedule: Schedule): string {
  let taken = '';
  for (let batch = schedule.next(); batch; batch = schedule.next()) {
    taken += batch.plan.id;
    schedule.done(batch);
  }
  return taken;
}

t.test('every stream gets one job before any gets a second, then the batch that was closed first', async (t) => {
  const plans = [planOf(0, 'A'), planOf(1, 'B'), planOf(2, 'C')];
  for (const [closed, taken] of Object.entries({
    '012': '012',
    '000': '000',
    '0001': '0100',
    '00122': '01202',
    '220011': '201201',
  })) {
    t.equal(drain(filled(plans, closed)), taken, closed);
  }
});

t.test('names that differ by case are one object', (t) => {
  const schedule = filled([planOf(0, 'Company'), planOf(1, 'company')], '01');
  const first = schedule.next() as Batch;
  t.equal(schedule.next(), undefined);
  t.same(
    schedule.following('COMPANY').batches.map(({ plan }) => plan.id),
    [1],
  );
  schedule.done(first);
  t.equal(schedule.next()?.plan.id, 1);
  t.end();
});

t.test('an object has one job at a time, and objects run in parallel', async (t) => {
  const plans = [planOf(0, 'A'), planOf(1, 'A'), planOf(2, 'B')];
  const schedule = filled(plans, '0122');
  const first = schedule.next();
  const other = schedule.next();
  t.same([first?.plan.id, other?.plan.id], [0, 2]);
  t.equal(schedule.next(), undefined);
  t.equal(schedule.isFree('A'), false);
  t.same(schedule.moving, { onTheWay: 4, awaitingParents: 0 });
  schedule.done(first as Batch);
  t.equal(schedule.next()?.plan.id, 1);
  t.equal(schedule.next(), undefined);
  schedule.done(other as Batch);
  t.equal(schedule.next()?.plan.id, 2);
});

t.test('children wait until their parents have ended, however deep, unless that is lifted', async (t) => {
  const plans = [planOf(0, 'A'), planOf(1, 'B', [0]), planOf(2, 'C', [1])];
  const schedule = filled(plans, '2100');
  t.equal(drain(schedule), '00', 'the parent may still get rows');
  t.same(schedule.moving, { onTheWay: 0, awaitingParents: 2 });
  t.same(schedule.unfinishedParents(1), [0]);
  schedule.end(0);
  t.equal(drain(schedule), '1');
  t.notOk(schedule.parentsDone(2));
  schedule.lift();
  t.ok(schedule.isLifted);
  t.equal(drain(schedule), '2');
  t.notOk(schedule.isDone(2));
  schedule.end(2);
  t.ok(schedule.isDone(2));
});

t.test('the rest of a batch comes before all others of its stream', async (t) => {
  const plans = [planOf(0, 'A'), planOf(1, 'A')];
  const schedule = filled(plans, '00');
  const first = schedule.next() as Batch;
  const rest = batchOf(plans[0] as Plan);
  schedule.addFirst(rest);
  t.equal(schedule.next(), undefined);
  schedule.done(first);
  t.equal(schedule.next(), rest);
});

t.test('a stopped stream stops its children too, and removes all their waiting files', async (t) => {
  const plans = [planOf(0, 'A'), planOf(1, 'B', [0]), planOf(2, 'C', [1, 0]), planOf(3, 'A')];
  const schedule = filled(plans, '001233');
  t.equal(schedule.waiting, 6);
  removed = 0;
  const stopped = schedule.stop(0);
  t.same(stopped.map(({ id }) => id).sort(), [0, 1, 2]);
  t.equal(stopped[0]?.id, 0);
  t.equal(removed, 4, 'the files of those that wait are removed');
  t.same(schedule.stop(0), []);
  t.same([schedule.takeStopped().toSorted(), schedule.takeStopped()], [[0, 1, 2], []]);
  t.ok(schedule.isStopped(2));
  t.same(schedule.waitingPlans, [3]);
  t.equal(drain(schedule), '33');
});

t.test('every change wakes those that wait, and nothing else does', async (t) => {
  const changes: [string, (schedule: Schedule, running: Batch, stop: AbortController) => void][] = [
    ['a batch was closed', (schedule, running) => schedule.add(batchOf(running.plan))],
    ['the rest of a batch waits', (schedule, running) => schedule.addFirst(batchOf(running.plan))],
    ['a batch is done', (schedule, running) => schedule.done(running)],
    ['a stream has ended', (schedule) => schedule.end(0)],
    ['a stream was stopped', (schedule) => void schedule.stop(0)],
    ['no stream waits for its parents', (schedule) => schedule.lift()],
    ['there is no room', (schedule) => schedule.fill()],
    ['the input has ended', (schedule) => schedule.close()],
    ['no batch begins any more', (schedule) => schedule.halt()],
    ['everything ends', (_schedule, _running, stop) => stop.abort()],
  ];
  for (const [change, make] of changes) {
    const stop = new AbortController();
    const plans = [planOf(0, 'A')];
    const schedule = new Schedule(plans, stop.signal);
    schedule.add(batchOf(plans[0] as Plan));
    const running = schedule.next() as Batch;
    let isWoken = false;
    void schedule.changed().then(() => {
      isWoken = true;
    });
    await Promise.resolve();
    t.notOk(isWoken);
    make(schedule, running, stop);
    await Promise.resolve();
    t.ok(isWoken, change);
  }
});

t.test('batches come in turn until the input has ended and nothing runs', async (t) => {
  const plans = [planOf(0, 'A'), planOf(1, 'B', [0])];
  const schedule = filled(plans, '01');
  const taken: number[] = [];
  const running: Batch[] = [];
  let isOver = false;
  const over = (async () => {
    for await (const batch of schedule.turns()) {
      taken.push(batch.plan.id);
      running.push(batch);
    }
    isOver = true;
  })();
  const settle = () => new Promise(setImmediate);
  await settle();
  t.same(taken, [0]);
  schedule.end(0);
  schedule.done(running[0] as Batch);
  await settle();
  t.same(taken, [0, 1], 'the child after its parent');
  schedule.close();
  await settle();
  t.notOk(isOver, 'one still runs');
  schedule.done(running[0] as Batch);
  await settle();
  t.notOk(isOver, 'what was done before is no news');
  schedule.done(running[1] as Batch);
  await over;
});

t.test('once halted no batch starts, and running ones are withdrawn, like those of a stopped stream', async (t) => {
  const plans = [planOf(0, 'A'), planOf(1, 'B'), planOf(2, 'A')];
  const schedule = filled(plans, '012');
  const turns = schedule.turns();
  const [first, other] = [await turns.next(), await turns.next()];
  const [one, two, waiting] = plans.map(({ id }) => schedule.withdrawn(id));
  schedule.stop(1);
  t.same([one?.aborted, two?.aborted, waiting?.aborted], [false, true, false]);
  t.ok(schedule.withdrawn(1).aborted, 'also for later callers');
  schedule.halt();
  t.ok(one?.aborted && waiting?.aborted && schedule.halted.aborted);
  for (const { value } of [first, other]) schedule.done(value as Batch);
  t.ok((await turns.next()).done, 'the third does not begin');
});

t.test('when the sync is stopped, running batches and later callers are withdrawn with its reason', async (t) => {
  const [stop, reason] = [new AbortController(), new Error('SIGTERM')];
  // The numbers of plans need not follow each other.
  const schedule = new Schedule([planOf(0, 'A'), planOf(7, 'B')], stop.signal);
  const signal = schedule.withdrawn(7);
  t.notOk(signal.aborted);
  stop.abort(reason);
  t.strictSame([signal.reason, schedule.withdrawn(0).reason], [reason, reason]);
});

t.test('following batches of an object come in their later order, parents first', async (t) => {
  const plans = [planOf(0, 'A'), planOf(1, 'A'), planOf(2, 'A', [0]), planOf(3, 'B'), planOf(4, 'A', [3])];
  const order = (schedule: Schedule) => {
    const { batches: next, complete } = schedule.following('A');
    return `${next.map(({ plan }) => plan.id).join('')}${complete ? '' : ' …'}`;
  };
  const schedule = filled(plans, '2001102');
  t.equal(order(schedule), '01010 …', 'a child comes after rows that its parent may still get');
  t.equal(order(schedule), '01010 …', 'asking changes nothing');
  const first = schedule.next() as Batch;
  t.equal(order(schedule), '1010 …', 'a running batch is not among those to come');
  schedule.done(first);
  for (const { id } of plans) schedule.end(id);
  const said = order(schedule);
  t.equal(drain(schedule), said, 'and so it goes');
  t.ok(said.endsWith('22'));
});

t.test('a stopped stream does not follow, and delays no other', async (t) => {
  const plans = [planOf(0, 'A'), planOf(1, 'A')];
  const schedule = filled(plans, '0011');
  schedule.end(1);
  t.equal(schedule.following('A').complete, false);
  schedule.stop(0);
  t.same([schedule.following('A').batches.length, schedule.following('A').complete], [2, true]);
});

t.test(
  'all batches are started, one at a time per object, in order, parents before children, in any graph',
  async (t) => {
    const stream = fc.record({ object: fc.nat(4), parents: fc.array(fc.nat(9), { maxLength: 3 }), batches: fc.nat(4) });
    const property = fc.property(
      fc.array(stream, { minLength: 1, maxLength: 10 }),
      fc.array(fc.nat(20), { minLength: 1 }),
      (streams, choices) => {
        // Parents come before their children, so there is no cycle.
        const plans = streams.map(({ object, parents }, id) =>
          planOf(id, `${object}`, [...new Set(parents.filter((parent) => parent < id))]),
        );
        const closed = streams.flatMap(({ batches }, id) => new Array<number>(batches).fill(id));
        const ended = play(plans, closed, choices);
        for (const { id } of plans) {
          const own = ended.filter(({ plan }) => plan.id === id).map((batch) => batch.id);
          if (own.length !== streams[id]?.batches) throw new Error('a batch is left');
          if (own.some((one, i) => one < (own[i - 1] ?? 0))) throw new Error('out of order');
        }
      },
    );
    t.doesNotThrow(() => fc.assert(property, { seed: 11, numRuns: 500 }));
  },
);

/**
 * Closes and ends batches in the order of `choices`, until nothing is left.
 * @throws Error if a rule is broken
 */
function play(plans: readonly Plan[], closed: number[], choices: readonly number[]): Batch[] {
  const schedule = new Schedule(plans);
  const running: Batch[] = [];
  const ended: Batch[] = [];
  for (let turn = 0; ; turn++) {
    const choice = choices[turn % choices.length] ?? 0;
    for (const id of takeOne(closed, choice)) schedule.add(batchOf(plans[id] as Plan));
    for (const { id } of plans) if (!closed.includes(id)) schedule.end(id);
    for (let batch = schedule.next(); batch; batch = schedule.next()) running.push(batch);
    judge(schedule, running);
    for (const batch of takeOne(running, choice)) {
      schedule.done(batch);
      ended.push(batch);
    }
    if (closed.length === 0 && running.length === 0 && !plans.some(({ id }) => !schedule.isDone(id))) return ended;
    if (turn > 1000) throw new Error('a dead-lock');
  }
}

function takeOne<T>(from: T[], choice: number): T[] {
  return from.splice(choice % Math.max(1, from.length), 1);
}

function judge(schedule: Schedule, running: readonly Batch[]): void {
  const objects = new Set(running.map(({ plan }) => plan.object));
  if (objects.size < running.length) throw new Error('two jobs on one object');
  const parents = running.flatMap(({ plan }) => plan.parents);
  if (parents.some((id) => !schedule.isDone(id))) throw new Error('a child before its parent');
}
