import t from 'tap';
import { planOf } from '../../integration_tests/support/spool.ts';
import { type Account, Accounts } from './accounts.ts';
import { stoppedLine } from './log_lines.ts';
import { summaryLine, totalLine } from './summary_lines.ts';

const plans = [planOf('INSERT', 1), planOf('UPSERT')];
const accounts = new Accounts(plans);
const [clean, mixed] = [...accounts] as [Account, Account];
Object.assign(clean, { received: 1000, accepted: 1000, files: 1, submitted: 1 });
Object.assign(mixed, { received: 2000, accepted: 1500, superseded: 200, skipped: 50, rejected: 30 });
Object.assign(mixed, { files: 3, submitted: 2, adopted: 1 });
for (let at = 0; at < 7; at++) accounts.rejectedRows(mixed.plan, { field: 'Name', reason: `reason ${at}` }, 10 - at);

t.test("a stream's line has the outcomes of its records, and no others", async (t) => {
  t.equal(summaryLine(clean), 'public.stream 1 → Company by INSERT: 1,000 records: 1,000 accepted · 1 file, 1 call');
  t.equal(
    summaryLine(mixed),
    'public.stream 0 → Company by UPSERT: 2,000 records: 1,500 accepted, 200 superseded, 50 skipped, 30 rejected, ' +
      '220 not loaded · 3 files (1 taken over), 2 calls · rejected rows: 10 × Name: reason 0; 9 × Name: reason 1; ' +
      '8 × Name: reason 2; 7 × Name: reason 3; 6 × Name: reason 4; 2 more reasons',
  );
});

t.test('a sync that was stopped does not know what became of the files whose jobs ran', async (t) => {
  t.match(summaryLine(mixed, 200), / 30 rejected, 200 unknown, 20 not loaded · /);
  t.match(totalLine([clean, mixed], 12, 200_000, 200), / 30 rejected, 200 unknown, 20 not loaded · /);
  const open = [
    { plan: mixed.plan, rows: 1500, records: 1700 },
    { plan: clean.plan, rows: 10, records: 10 },
  ];
  t.equal(
    stoppedLine('SIGTERM', { kind: 'file', files: 1, of: 3 }, open),
    'Stopped by SIGTERM before every file was loaded: 1 of 3 files done (33 %). Unknown: 1,510 rows of 2 jobs that were submitted and not confirmed. The source sends again what was not proven.',
  );
  t.match(stoppedLine('SIGINT', undefined, []), /^Stopped by SIGINT before the end of the input\. The source /);
  t.equal(
    stoppedLine('SIGINT', { kind: 'file', files: 3, of: 3 }, []),
    'Stopped by SIGINT after every file was loaded.',
  );
  t.match(
    stoppedLine('SIGINT', { kind: 'both', files: 1, of: 3 }, [
      ...open,
      ...open.map((job) => ({ ...job, byCalls: true })),
    ]),
    /before every file and batch was loaded: 1 of 3 files and batches done .* of \d+ jobs? and \d+ batch(es)? that were submitted/,
  );
});

t.test('the total adds all streams up', async (t) => {
  t.equal(
    totalLine([clean, mixed], 12, 200_000),
    'Total of 2 streams in 3 min 20 s: 3,000 records: 2,500 accepted, 200 superseded, 50 skipped, 30 rejected, ' +
      '220 not loaded · 4 files (1 taken over), 3 calls · 12 states released',
  );
});
