/** Every fixture stream through the flow: what Gainsight holds, what comes back and what it costs is as it must be. */
import t from 'tap';
import { fixtureStreams } from '../support/streams.ts';
import { checkFixture } from './check_fixture.ts';

// Most of a sync is waiting for a socket or a file, also where time is not real.
t.jobs = 8;

for (const fixture of fixtureStreams()) {
  t.test(`${fixture.name}: ${fixture.about}`, { buffered: true }, async (t) => {
    await checkFixture(t, fixture);
  });
}
