import t from 'tap';
import type { BulkJob, BulkJobError } from '../../gainsight/contract.ts';
import { RowErrors, RowNumbering } from '../../gainsight/row_errors.ts';
import type { Batch } from '../../model.ts';
import { type Counts, countsOf, outcomeOf } from './reconcile.ts';

/** A batch with only the fields used here. */
function batchOf(
  rows: number,
  rowsAtLines: Batch['rowsAtLines'] = async (lines) => lines.map((line) => line - 2),
): Batch {
  return { rows, rowsAtLines } as unknown as Batch;
}

t.test('only counts that add up to the rows sent prove them', async (t) => {
  const proven = (failed: number, differingTotal?: number): Counts => ({ verdict: 'proven', failed, differingTotal });
  const wrong = (accepted: number | undefined, failed: number | undefined): Counts => ({
    verdict: 'wrong',
    accepted,
    failed,
  });
  const cases: readonly [object, Counts][] = [
    [{ successCount: 10, failureCount: 0 }, proven(0)],
    [{ successCount: 7, failureCount: 3 }, proven(3)],
    [{ failureCount: 10 }, proven(10)],
    [{ successCount: 10 }, { ...proven(0) }],
    [{ successCount: 9, failureCount: 0 }, wrong(9, 0)],
    [{ successCount: 10, failureCount: 1 }, wrong(10, 1)],
    [{ failureCount: 0 }, wrong(0, 0)],
    [{ successCount: 12, failureCount: -2 }, wrong(12, -2)],
    [{ successCount: 9.5, failureCount: 0.5 }, wrong(9.5, 0.5)],
    [{}, { verdict: 'missing' }],
    [{ totalRecords: 10, processedRecords: 10 }, { verdict: 'missing' }],
    [{ successCount: null, failureCount: null }, { verdict: 'missing' }],
    [{ totalRecords: 1, processedRecords: 1 }, wrong(undefined, undefined)],
    [{ processedRecords: 0 }, wrong(undefined, undefined)],
    [{ successCount: 10, processedRecords: 9 }, wrong(10, undefined)],
    [{ failureCount: 10, totalRecords: 11 }, wrong(undefined, 10)],
    [{ successCount: 9, failureCount: 1, totalRecords: 11, processedRecords: 9 }, proven(1, 11)],
    [{ successCount: 10, failureCount: 0, processedRecords: 3 }, proven(0)],
  ];
  for (const [job, counts] of cases) t.same(countsOf(job as BulkJob, 10), counts, JSON.stringify(job));
});

t.test('errors are joined to rows, several of one row to one reject', async (t) => {
  const errors: BulkJobError[] = [
    { rowNumber: 9, fieldName: 'B', errorMessage: 'long' },
    { rowNumber: 3, fieldName: 'A', errorMessage: 'empty' },
    { rowNumber: 9, errorMessage: 'odd' },
  ];
  const outcome = await outcomeOf(batchOf(10), 'J', 2, RowErrors.of(errors), new RowNumbering('2'));
  t.same(
    { ...outcome, rejected: [...outcome.rejected] },
    {
      jobId: 'J',
      unidentified: 0,
      rejected: [
        { row: 1, sure: true, errors: [{ field: 'A', message: 'empty' }] },
        {
          row: 7,
          sure: true,
          errors: [
            { field: 'B', message: 'long' },
            { field: undefined, message: 'odd' },
          ],
        },
      ],
    },
  );
});

t.test('rejected rows without a name are counted, never taken as loaded', async (t) => {
  const named = { rowNumber: 5, errorMessage: 'bad' };
  const nameless = { errorMessage: 'bad' };
  const outside = { rowNumber: 99, errorMessage: 'bad' };
  const cases: readonly {
    failed: number | undefined;
    errors: BulkJobError[];
    rejected: number;
    unidentified: number;
  }[] = [
    { failed: 0, errors: [], rejected: 0, unidentified: 0 },
    { failed: 3, errors: [], rejected: 0, unidentified: 3 },
    { failed: 3, errors: [named, named], rejected: 1, unidentified: 2 },
    { failed: 3, errors: [named, nameless], rejected: 1, unidentified: 2 },
    { failed: 1, errors: [outside], rejected: 0, unidentified: 1 },
    { failed: undefined, errors: [], rejected: 0, unidentified: 0 },
    { failed: undefined, errors: [named], rejected: 1, unidentified: 0 },
    { failed: undefined, errors: [named, nameless, outside], rejected: 1, unidentified: 2 },
    { failed: undefined, errors: new Array(50).fill(nameless), rejected: 0, unidentified: 10 },
  ];
  for (const { failed, errors, rejected, unidentified } of cases) {
    const outcome = await outcomeOf(batchOf(10), 'J', failed, RowErrors.of(errors), new RowNumbering('2'));
    t.equal(outcome.rejected.length, rejected, JSON.stringify([failed, errors.slice(0, 3)]));
    t.equal(outcome.unidentified, unidentified, JSON.stringify([failed, errors.slice(0, 3)]));
  }
});

t.test('numbers beyond the file are line numbers', async (t) => {
  const rowsAtLines = async (lines: readonly number[]) => lines.map((line) => Math.floor((line - 2) / 3));
  const errors = [15, 2, 4, 16].map((rowNumber) => ({ rowNumber, errorMessage: 'bad' }));
  const { rejected } = await outcomeOf(
    batchOf(10, rowsAtLines),
    'J',
    2,
    RowErrors.of(errors),
    new RowNumbering('auto'),
  );
  t.same(
    Array.from(rejected, ({ row, sure, errors }) => [row, sure, errors.length]),
    [
      [0, true, 2],
      [4, true, 2],
    ],
  );
});
