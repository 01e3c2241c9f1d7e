import t from 'tap';
import { planOf } from '../../integration_tests/support/spool.ts';
import { type StreamSummary, summaryLine, totalLine } from './log_lines.ts';

const clean: StreamSummary = {
  ...{ plan: planOf('INSERT', 1), records: 1000, accepted: 1000, superseded: 0, skipped: 0, rejected: 0 },
  ...{ files: 1, submitted: 1, adopted: 0, reasons: [] },
};
const mixed: StreamSummary = {
  ...{ plan: planOf('UPSERT'), records: 2000, accepted: 1500, superseded: 200, skipped: 50, rejected: 30 },
  ...{ files: 3, submitted: 2, adopted: 1 },
  reasons: Array.from({ length: 7 }, (_, at) => [`Name: reason ${at}`, 10 - at] as const),
};

t.test("a stream's line names what became of each record, and nothing that did not happen", async (t) => {
  t.equal(summaryLine(clean), 'public.stream 1 → Company by INSERT: 1,000 records: 1,000 accepted · 1 file, 1 call');
  t.equal(
    summaryLine(mixed),
    'public.stream 0 → Company by UPSERT: 2,000 records: 1,500 accepted, 200 superseded, 50 skipped, 30 rejected, ' +
      '220 not loaded · 3 files (1 taken over), 2 calls · rejected rows: 10 × Name: reason 0; 9 × Name: reason 1; ' +
      '8 × Name: reason 2; 7 × Name: reason 3; 6 × Name: reason 4; 2 more reasons',
  );
});

t.test('the total adds all streams up', async (t) => {
  t.equal(
    totalLine([clean, mixed], 12, 200_000),
    'Total of 2 streams in 3 min 20 s: 3,000 records: 2,500 accepted, 200 superseded, 50 skipped, 30 rejected, ' +
      '220 not loaded · 4 files (1 taken over), 3 calls · 12 states released',
  );
});
