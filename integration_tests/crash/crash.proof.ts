/** Two hundred crashes of the matrix, many of them two or three in a row. */
import t from 'tap';
import { testCrashes } from './crash_tests.ts';
import { crashOf } from './matrix.ts';

testCrashes(
  t,
  Array.from({ length: 200 }, (_, at) => crashOf(1000 + at)),
);
