/** Two hundred crashes of the matrix, many of them two or three in a row. */
import t from 'tap';
import { crashOf } from './crash_matrix.ts';
import { testCrashes } from './crash_tests.ts';

testCrashes(
  t,
  Array.from({ length: 200 }, (_, at) => crashOf(1000 + at)),
);
