/** A sync over the object API is killed with each of its requests; in a quarter run with a quarter of them. */
import t from 'tap';
import { allOrQuarter } from '../conservation/quarter.ts';
import { crashesAtOnce } from './crash_tests.ts';
import { type Kill, type ObjectChange, type ObjectCrash, runObjectCrash } from './object_api.ts';

const changes: Readonly<Record<string, ObjectChange>> = {
  nothing: {},
  'rows appended': { appends: 0.6 },
  'smaller batches': { maxRows: 33 },
  'states behind other records': { states: true },
  'any of the states': { from: 'any' },
  'larger batches, rows appended': { maxRows: 1000, appends: 0.5 },
};

const objectCalls = ['query', 'insert', 'update'] as const;

function killsOf(on: readonly Kill['on'][], most: number): Kill[] {
  return on.flatMap((each) =>
    Array.from({ length: most }, (_, at) => at + 1).flatMap((nth) =>
      (['before', 'after'] as const).map((when) => ({ on: each, nth, when })),
    ),
  );
}

/** Which requests of which streams. */
const layouts: readonly [streams: readonly string[], kills: readonly Kill[]][] = [
  [['visits'], killsOf(objectCalls, 3)],
  [['events'], killsOf(['query', 'insert'], 3)],
  [['scores'], killsOf(['update'], 4)],
  [['visits', 'scores', 'events', 'others'], killsOf([...objectCalls, 'submit'], 1)],
];

const crashes: [name: string, crash: ObjectCrash][] = layouts.flatMap(([streams, kills], layout) =>
  kills.map((kill, at): [string, ObjectCrash] => {
    const [change, changed] = Object.entries(changes)[(at + layout) % 6] as [string, ObjectChange];
    const killedAgainAt = at % 3 === 2 ? 1 + at : undefined;
    const name = `${streams}, killed ${kill.when} ${kill.on} ${kill.nth}, ${change}`;
    const again = killedAgainAt === undefined ? '' : `, and again with call ${killedAgainAt}`;
    return [`${name}${again}`, { seed: 100 * layout + at, streams, kill, change: changed, killedAgainAt }];
  }),
);

const autoCrashes: [name: string, crash: Omit<ObjectCrash, 'seed' | 'streams'>][] = [
  ...killsOf(['submit', 'status', 'list'], 1).map((kill): [string, Omit<ObjectCrash, 'seed' | 'streams'>] => [
    `by bulk, killed ${kill.when} ${kill.on}, then by the object API`,
    { kill, change: { autoRows: 1000 } },
  ]),
  ...killsOf(objectCalls, 1).map((kill): [string, Omit<ObjectCrash, 'seed' | 'streams'>] => [
    `by the object API, killed ${kill.when} ${kill.on}, then by bulk`,
    { kill, autoRows: 1000, change: { autoRows: 10 } },
  ]),
  ...killsOf(['insert', 'update'], 1).map((kill): [string, Omit<ObjectCrash, 'seed' | 'streams'>] => [
    `few rows by the object API, killed ${kill.when} ${kill.on}, then so many that they go by bulk`,
    { kill, autoRows: 40, change: { appends: 0.2 } },
  ]),
];

const lateCrashes: [name: string, crash: ObjectCrash][] = (['visits', 'events'] as const).map((stream, at) => [
  `${stream}, the INSERT of a dead process is done after 70 seconds`,
  {
    ...{ seed: 900 + at, streams: [stream], change: {}, answerSeconds: 75 },
    kill: { on: 'insert', nth: 1, when: 'before', held: 70 },
  },
]);

const all: [name: string, crash: ObjectCrash][] = [
  ...crashes,
  ...autoCrashes.map(([name, crash], at): [string, ObjectCrash] => [
    `auto: ${name}`,
    { ...crash, seed: 500 + at, streams: ['deltas'] },
  ]),
  ...lateCrashes,
];

t.jobs = crashesAtOnce;
t.setTimeout(0);
const chosen = allOrQuarter(all, 'crashes of the object API');
let kills = 0;
for (const [name, crash] of chosen) {
  t.test(name, { buffered: true }, async (t) => {
    const report = await runObjectCrash(crash);
    kills += Math.min(1, report.kills);
    t.pass(JSON.stringify(report));
  });
}
t.test('nearly all were killed at the intended point', { buffered: false }, async (t) => {
  t.ok(kills >= chosen.length * 0.8, `${kills} of ${chosen.length}`);
});
