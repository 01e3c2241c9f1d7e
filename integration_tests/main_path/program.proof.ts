/** A few fixture streams through the built program in real time: it behaves like the flow in process. */
import t from 'tap';
import { runProgram } from '../support/run_program.ts';
import { fixtureStream } from '../support/streams.ts';
import { checkFixtureBy } from './check_fixture.ts';

t.jobs = 7;

for (const name of [
  'several_streams',
  'emoji_and_surrogates',
  'load_after',
  'several_files_insert',
  'rejects_by_gainsight',
  'insert_rows_after_the_last_state',
  'clear',
]) {
  t.test(name, { buffered: true }, async (t) => {
    await checkFixtureBy(runProgram, t, fixtureStream(name), { sandbox: { rowsPerSecond: 50_000 } });
  });
}
