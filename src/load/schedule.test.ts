import fc from 'fast-check';
import t from 'tap';
import type { Batch, Plan } from '../model.ts';
import { Lanes } from './schedule.ts';

let batches = 0;
/** A plan as far as the lanes look at it. */
const planOf = (id: number, object: string, parents: readonly number[] = []): Plan =>
  ({ id, object, parents }) as unknown as Plan;
const batchOf = (plan: Plan): Batch => {
  batches += 1;
  return { id: batches, plan } as unknown as Batch;
};

/** Lanes with so many batches a plan, cut in the order of `cuts` (plan ids). */
function filled(plans: readonly Plan[], cuts: string): Lanes {
  const lanes = new Lanes(plans);
  for (const id of cuts) lanes.add(batchOf(plans[Number(id)] as Plan));
  return lanes;
}

/** Takes batches one after the other, each done before the next; the ids of their plans. */
function drain(lanes: Lanes): string {
  let taken = '';
  for (let batch = lanes.next(); batch; batch = lanes.next()) {
    taken += batch.plan.id;
    lanes.done(batch);
  }
  return taken;
}

t.test('every stream gets one job before any gets a second, then the batch that was cut first goes', async (t) => {
  const plans = [planOf(0, 'A'), planOf(1, 'B'), planOf(2, 'C')];
  for (const [cuts, taken] of Object.entries({
    '012': '012',
    '000': '000',
    '0001': '0100',
    '00122': '01202',
    '220011': '201201',
  })) {
    t.equal(drain(filled(plans, cuts)), taken, cuts);
  }
});

t.test('an object has one job at a time, and objects run beside each other', async (t) => {
  const plans = [planOf(0, 'A'), planOf(1, 'A'), planOf(2, 'B')];
  const lanes = filled(plans, '0122');
  const first = lanes.next();
  const other = lanes.next();
  t.same([first?.plan.id, other?.plan.id], [0, 2]);
  t.equal(lanes.next(), undefined);
  t.equal(lanes.isFree('A'), false);
  t.same(lanes.moving, { onTheWay: 4, awaitingParents: 0 });
  lanes.done(first as Batch);
  t.equal(lanes.next()?.plan.id, 1);
  t.equal(lanes.next(), undefined);
  lanes.done(other as Batch);
  t.equal(lanes.next()?.plan.id, 2);
});

t.test('children wait until their parents are done, however deep, unless that is lifted', async (t) => {
  const plans = [planOf(0, 'A'), planOf(1, 'B', [0]), planOf(2, 'C', [1])];
  const lanes = filled(plans, '2100');
  t.equal(drain(lanes), '00', 'the parent may still get rows');
  t.same(lanes.moving, { onTheWay: 0, awaitingParents: 2 });
  t.same(lanes.unfinishedParents(1), [0]);
  lanes.end(0);
  t.equal(drain(lanes), '1');
  t.notOk(lanes.parentsDone(2));
  lanes.lift();
  t.ok(lanes.isLifted);
  t.equal(drain(lanes), '2');
  t.notOk(lanes.isDone(2));
  lanes.end(2);
  t.ok(lanes.isDone(2));
});

t.test('the rest of a batch goes before all others of its stream', async (t) => {
  const plans = [planOf(0, 'A'), planOf(1, 'A')];
  const lanes = filled(plans, '00');
  const first = lanes.next() as Batch;
  const rest = batchOf(plans[0] as Plan);
  lanes.addFirst(rest);
  t.equal(lanes.next(), undefined);
  lanes.done(first);
  t.equal(lanes.next(), rest);
});

t.test('a stream that stops takes its children along, and hands their batches back once', async (t) => {
  const plans = [planOf(0, 'A'), planOf(1, 'B', [0]), planOf(2, 'C', [1, 0]), planOf(3, 'A')];
  const lanes = filled(plans, '001233');
  t.equal(lanes.waiting, 6);
  const { plans: stopped, batches: back } = lanes.stop(0);
  t.same(stopped.map(({ id }) => id).sort(), [0, 1, 2]);
  t.equal(stopped[0]?.id, 0);
  t.equal(back.length, 4);
  t.same(lanes.stop(0), { plans: [], batches: [] });
  t.ok(lanes.isStopped(2));
  t.same(lanes.waitingPlans, [3]);
  t.equal(drain(lanes), '33');
});

t.test('what follows on an object is what would go, parents first', async (t) => {
  const plans = [planOf(0, 'A'), planOf(1, 'A'), planOf(2, 'A', [0]), planOf(3, 'B'), planOf(4, 'A', [3])];
  const order = (lanes: Lanes) => {
    const { batches: next, complete } = lanes.following('A');
    return `${next.map(({ plan }) => plan.id).join('')}${complete ? '' : ' …'}`;
  };
  const lanes = filled(plans, '2001102');
  t.equal(order(lanes), '01010 …', 'a child comes after rows that its parent may still get');
  t.equal(order(lanes), '01010 …', 'asking changes nothing');
  const first = lanes.next() as Batch;
  t.equal(order(lanes), '1010 …', 'what runs is no more to come');
  lanes.done(first);
  for (const { id } of plans) lanes.end(id);
  const said = order(lanes);
  t.equal(drain(lanes), said, 'and so it goes');
  t.ok(said.endsWith('22'));
});

t.test('a stopped stream does not follow, and keeps nobody waiting', async (t) => {
  const plans = [planOf(0, 'A'), planOf(1, 'A')];
  const lanes = filled(plans, '0011');
  lanes.end(1);
  t.equal(lanes.following('A').complete, false);
  lanes.stop(0);
  t.same([lanes.following('A').batches.length, lanes.following('A').complete], [2, true]);
});

t.test('all batches go, one a time an object, in order, parents before children, in any graph', async (t) => {
  const stream = fc.record({ object: fc.nat(4), parents: fc.array(fc.nat(9), { maxLength: 3 }), batches: fc.nat(4) });
  const property = fc.property(
    fc.array(stream, { minLength: 1, maxLength: 10 }),
    fc.array(fc.nat(20), { minLength: 1 }),
    (streams, choices) => {
      // A parent stands before its child, so there is no cycle.
      const plans = streams.map(({ object, parents }, id) =>
        planOf(id, `${object}`, [...new Set(parents.filter((parent) => parent < id))]),
      );
      const cuts = streams.flatMap(({ batches }, id) => new Array<number>(batches).fill(id));
      const ended = play(plans, cuts, choices);
      for (const { id } of plans) {
        const own = ended.filter(({ plan }) => plan.id === id).map((batch) => batch.id);
        if (own.length !== streams[id]?.batches) throw new Error('a batch is left');
        if (own.some((one, i) => one < (own[i - 1] ?? 0))) throw new Error('out of order');
      }
    },
  );
  t.doesNotThrow(() => fc.assert(property, { seed: 11, numRuns: 500 }));
});

/** Cuts and ends batches in the order that `choices` say, until nothing is left. @throws Error where a rule is broken */
function play(plans: readonly Plan[], cuts: number[], choices: readonly number[]): Batch[] {
  const lanes = new Lanes(plans);
  const running: Batch[] = [];
  const ended: Batch[] = [];
  for (let turn = 0; ; turn++) {
    const choice = choices[turn % choices.length] ?? 0;
    for (const id of takeOne(cuts, choice)) lanes.add(batchOf(plans[id] as Plan));
    for (const { id } of plans) if (!cuts.includes(id)) lanes.end(id);
    for (let batch = lanes.next(); batch; batch = lanes.next()) running.push(batch);
    judge(lanes, running);
    for (const batch of takeOne(running, choice)) {
      lanes.done(batch);
      ended.push(batch);
    }
    if (cuts.length === 0 && running.length === 0 && !plans.some(({ id }) => !lanes.isDone(id))) return ended;
    if (turn > 1000) throw new Error('a dead-lock');
  }
}

function takeOne<T>(from: T[], choice: number): T[] {
  return from.splice(choice % Math.max(1, from.length), 1);
}

function judge(lanes: Lanes, running: readonly Batch[]): void {
  const objects = new Set(running.map(({ plan }) => plan.object));
  if (objects.size < running.length) throw new Error('two jobs on one object');
  const parents = running.flatMap(({ plan }) => plan.parents);
  if (parents.some((id) => !lanes.isDone(id))) throw new Error('a child before its parent');
}
