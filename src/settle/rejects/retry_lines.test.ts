import t from 'tap';
import { isWarning, type RetryCounts, retriesLine, waitingLine } from './retry_lines.ts';

const none: RetryCounts = {
  ...{ waited: 0, sent: 0, accepted: 0, rejected: 0, replaced: 0 },
  ...{ overtaken: 0, givenUp: 0, added: 0, left: 0, unsure: 0 },
};

t.test(
  'the last line has what became of the rows; it warns of those that will not be sent although nothing replaced them',
  async (t) => {
    const cases: [Partial<RetryCounts>, number, string | undefined, boolean][] = [
      [{}, 0, undefined, false],
      [
        { waited: 3, sent: 3, accepted: 2, rejected: 1 },
        1,
        'Rejected rows sent again: 3 sent (2 accepted, 1 rejected again) · 1 row waits for the next sync',
        false,
      ],
      [{ added: 2 }, 2, 'Rejected rows sent again: 0 sent · 2 new · 2 rows wait for the next sync', false],
      [
        { unsure: 5 },
        0,
        'Rejected rows sent again: 0 sent · 5 not kept, as their row numbers are not certain: set "Rejected Rows: First Row Number" · 0 rows wait for the next sync',
        true,
      ],
      [
        { waited: 11, overtaken: 11 },
        0,
        'Rejected rows sent again: 0 sent · 11 no longer sent, as another sync has loaded rows into the object since · 0 rows wait for the next sync',
        true,
      ],
    ];
    for (const [counts, waiting, line, warns] of cases) {
      t.equal(retriesLine({ ...none, ...counts }, waiting), line);
      t.equal(isWarning({ ...none, ...counts }), warns);
    }
    t.equal(
      waitingLine({ ...none, waited: 3, givenUp: 1 }),
      'Rejected rows of earlier syncs: 2 rows to be sent again, 1 given up.',
    );
  },
);
