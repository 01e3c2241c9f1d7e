import fc from 'fast-check';
import t from 'tap';
import { FilePool } from './file_pool.ts';
import { StateMarks } from './state_marks.ts';

const digest = (rows: number) => `state${String(rows).padStart(3, '0')}`;

t.test('marks are found at their rows and nowhere else, also after a split', async (t) => {
  const folder = t.testdir();
  let files = 0;
  const holds = (places: readonly number[], at: number) => {
    const pool = new FilePool(16 * 1024, 4);
    const marks = new StateMarks(pool, `${folder}/${files++}`);
    const ascending = [...new Set(places)].sort((a, b) => a - b);
    for (const rows of ascending) marks.add(rows, digest(rows));
    const rest = new StateMarks(pool, `${folder}/${files++}`);
    marks.moveTail(at, rest);
    marks.seal();
    const found = Array.from({ length: 60 }, (_, rows) => (rows <= at ? marks.at(rows) : rest.at(rows - at)));
    const isRight = found.every(
      (text, rows) => text === (ascending.includes(rows) && rows > 0 ? digest(rows) : undefined),
    );
    marks.remove();
    rest.remove();
    return isRight && pool.usedBytes === 0;
  };
  t.doesNotThrow(() =>
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 59 })), fc.nat(60), holds), { seed: 5 }),
  );
});

t.test('of several states after one row the first counts, and there is none before the first row', async (t) => {
  const marks = new StateMarks(new FilePool(16 * 1024, 4), `${t.testdir()}/states`);
  marks.add(0, digest(0));
  marks.add(3, digest(3));
  marks.add(3, digest(4));
  t.equal(marks.at(3), digest(3));
  t.equal(marks.at(0), undefined);
  t.throws(() => marks.add(4, 'short'), TypeError);
  marks.remove();
});
