/** A job's errors as the API reports them: row numbers, order and faults. */
import type { BulkJobError } from '../gainsight/contract.ts';
import type { JobFault, RowNumberBase } from './faults.ts';
import type { RowProblem } from './rules.ts';

/** Each problem as one error, in the order of the rows unless a fault changes it. */
export function rowErrors(
  problems: readonly RowProblem[],
  base: RowNumberBase,
  faults: readonly JobFault[],
): BulkJobError[] {
  const reported = faults.reduce(
    distort,
    [...problems].sort((a, b) => a.row - b.row),
  );
  const own = faults.find((fault) => fault.kind === 'row_number_base')?.base ?? base;
  return reported.map(({ row, line, field, message }) => ({
    rowNumber: own === 'physical_lines' ? line : row + own,
    fieldName: field,
    errorMessage: message,
  }));
}

function distort(problems: RowProblem[], fault: JobFault): RowProblem[] {
  switch (fault.kind) {
    case 'fewer_errors': {
      const rows = [...new Set(problems.map(({ row }) => row))];
      const unreported = new Set(rows.slice(Math.max(0, rows.length - (fault.missing ?? 1))));
      return problems.filter(({ row }) => !unreported.has(row));
    }
    case 'errors_shuffled':
      return [
        ...problems.filter((_, index) => index % 2 === 1),
        ...problems.filter((_, index) => index % 2 === 0).reverse(),
      ];
    case 'errors_duplicated':
      return problems.flatMap((problem) => [problem, problem]);
    default:
      return problems;
  }
}
