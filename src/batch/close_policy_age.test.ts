import t from 'tap';
import { minute } from '../clock.ts';
import {
  type AgeInput,
  type Closable,
  closeByAge,
  type FullSpool,
  type SpooledBatch,
  whenFull,
} from './close_policy.ts';

const open = (planId: number, change: Partial<Closable> = {}): Closable => {
  return { id: planId + 100, planId, objectFree: true, unfinishedParents: [], barred: false, ...change };
};
const used = (hour: number, day: number) => {
  const windows = [
    { ownLimit: 10, left: 10 - hour },
    { ownLimit: 100, left: 100 - day },
  ];
  return { windows, callsPerJob: 1 };
};
const input = (change: Partial<AgeInput>): AgeInput => {
  const held = [{ ageMs: 31 * minute, needs: [1] }];
  return {
    maxAgeMs: 30 * minute,
    open: [open(1), open(2), open(3)],
    held,
    waitingPlans: [1],
    quota: used(0, 0),
    ...change,
  };
};

t.test('batches are closed by age: the fewest that release a state', (t) => {
  const young = { ageMs: 30 * minute, needs: [1] };
  const global = { ageMs: 40 * minute, needs: [1, 2] };
  const cases: [string, Partial<AgeInput>, number[]][] = [
    ['a state that is old enough', {}, [101]],
    ['a state that is not older than allowed', { held: [young] }, []],
    ['never by age', { maxAgeMs: 0, held: [{ ageMs: 1e9 * minute, needs: [1] }] }, []],
    ['a global state needs all with rows before it', { held: [global] }, [101, 102]],
    ['the fewest, though older ones wait', { held: [global, { ageMs: 31 * minute, needs: [3] }] }, [103]],
    [
      'the oldest of equals',
      {
        held: [
          { ageMs: 31 * minute, needs: [2] },
          { ageMs: 32 * minute, needs: [3] },
        ],
      },
      [103],
    ],
    ['nothing open is needed', { held: [{ ageMs: 31 * minute, needs: [9] }] }, []],
    ['its object is busy', { open: [open(1, { objectFree: false })] }, []],
    ['one object of two is busy', { open: [open(1), open(2, { objectFree: false })], held: [global] }, []],
    ['a parent has not ended', { open: [open(1, { unfinishedParents: [2] }), open(2)] }, []],
    ['a parent is closed too', { open: [open(1, { unfinishedParents: [2] }), open(2)], held: [global] }, [101, 102]],
    ['an earlier job may have the same rows', { open: [open(1, { barred: true })] }, []],
    ['half of the hour is unused after it', { quota: used(4, 0) }, [101]],
    ['less than half of the hour is unused after it', { quota: used(5, 0) }, []],
    ['half of the day is unused after it', { quota: used(0, 49) }, [101]],
    ['less than half of the day is unused after it', { quota: used(0, 50) }, []],
    ['others with rows waiting need a call each', { quota: used(2, 0), waitingPlans: [1, 2, 3] }, [101]],
    ['others with rows waiting need it more', { quota: used(3, 0), waitingPlans: [1, 2, 3] }, []],
    ['a job takes five calls', { quota: { ...used(0, 0), callsPerJob: 5 } }, [101]],
    ['a job takes five calls, and one is used', { quota: { ...used(1, 0), callsPerJob: 5 } }, []],
    [
      'a batch that cannot be loaded leaves the turn to the next',
      {
        open: [open(1, { barred: true }), open(2)],
        held: [
          { ageMs: 50 * minute, needs: [1] },
          { ageMs: 31 * minute, needs: [2] },
        ],
      },
      [102],
    ],
  ];
  for (const [name, change, wanted] of cases) t.strictSame(closeByAge(input(change)), wanted, name);
  t.end();
});

const full = (planId: number, bytes: number, change: Partial<SpooledBatch> = {}): SpooledBatch => {
  return {
    planId,
    bytes,
    rows: 100,
    hasKeys: false,
    compacted: { rows: 0 },
    awaitsParents: false,
    barred: false,
    ...change,
  };
};
const keyed = { hasKeys: true, compacted: { rows: 90 } };

t.test('a full spool is compacted, then batches are closed, then load_after is lifted', (t) => {
  const still = { moving: 0, awaitingParents: 0, lifted: false };
  const cases: [string, FullSpool, object][] = [
    [
      'superseded rows cost no call',
      { ...still, open: [full(1, 9), full(2, 5, keyed)], moving: 1 },
      { do: 'compact', planId: 2 },
    ],
    ['the largest first', { ...still, open: [full(1, 5, keyed), full(2, 6, keyed)] }, { do: 'compact', planId: 2 }],
    [
      'little is new since',
      { ...still, open: [full(1, 5, { hasKeys: true, compacted: { rows: 91 } })] },
      { do: 'close', planId: 1 },
    ],
    [
      'a single row has no superseded ones',
      { ...still, open: [full(1, 5, { rows: 1, hasKeys: true })] },
      { do: 'close', planId: 1 },
    ],
    ['an empty batch is of no use', { ...still, open: [full(1, 5, { rows: 0, hasKeys: true })] }, { do: 'wait' }],
    ['files in progress make room', { ...still, open: [full(1, 5)], moving: 1 }, { do: 'wait' }],
    ['the largest is closed', { ...still, open: [full(1, 5), full(2, 7), full(3, 6)] }, { do: 'close', planId: 2 }],
    [
      'the largest that can be loaded',
      { ...still, open: [full(1, 5), full(2, 7, { awaitsParents: true })] },
      { do: 'close', planId: 1 },
    ],
    ['only children are open', { ...still, open: [full(2, 7, { awaitsParents: true })] }, { do: 'lift' }],
    ['only children are closed', { ...still, open: [], awaitingParents: 2 }, { do: 'lift' }],
    [
      'once load_after is lifted children are closed',
      { ...still, open: [full(2, 7, { awaitsParents: true })], lifted: true },
      { do: 'close', planId: 2 },
    ],
    [
      'a batch that may be part of an earlier file is not closed',
      { ...still, open: [full(1, 5, { barred: true })] },
      { do: 'wait' },
    ],
    ['nothing can be done', { ...still, open: [] }, { do: 'wait' }],
    [
      'nothing can be done, and all was lifted',
      { ...still, open: [], awaitingParents: 1, lifted: true },
      { do: 'wait' },
    ],
  ];
  for (const [name, state, wanted] of cases) t.strictSame(whenFull(state), wanted, name);
  t.end();
});
