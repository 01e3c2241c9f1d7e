/** Reports of syncs to make pages of: usual, large, and with names and values that try to be markup. */
import type {
  ReportedBatch,
  ReportedJob,
  ReportedReason,
  ReportedRecords,
  SyncReport,
} from '../../src/report/sync_report.ts';
import { randomFrom } from '../support/random.ts';

/** Texts that a page must show and not obey. */
export const hostileTexts = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'><svg onload=alert(1)>",
  'javascript:alert(1)',
  '</title></style></textarea><script src=//example.invalid/x></script>',
  '<iframe src=https://example.invalid></iframe><link rel=stylesheet href=https://example.invalid/x.css>',
  '<meta http-equiv=refresh content="0;url=https://example.invalid">',
  '</td></tr></table></main><form action=https://example.invalid><button autofocus>x',
  '<style>*{display:none}</style>',
  'fdp.\u202egnp.invoice',
  '\u2067مرحبا\u2069 שלום',
  '&lt;b&gt; &amp;#60;',
  '\u0000\u0007\u001b[2J\u009b',
  '日本語 😀 Ünïcödé',
  '{{7*7}} #{7*7} <%= 7*7 %>',
  'x'.repeat(10_000),
] as const;

/** Of a report to make. */
export interface ReportShape {
  readonly jobs: number;
  readonly streams?: number;
  readonly reasons?: number;
  /** How long the sync took, in milliseconds. */
  readonly lastsMs?: number;
  /** A name of a stream, an object, a file, a value. */
  readonly name?: (at: number, usual: string) => string;
  /** Batches by calls of the object API. */
  readonly batches?: number;
  /** Which jobs do not end well. */
  readonly trouble?: boolean;
}

const startedAt = Date.UTC(2026, 7, 21, 14, 0, 0);
const iso = (at: number) => new Date(at).toISOString();
const objects = ['Company', 'Company_Person', 'Product_Usage__gc', 'Support_Case__gc', 'Renewal__gc', 'Timeline__gc'];

/** A report whose sums are right. */
export function makeReport(shape: ReportShape): SyncReport {
  const {
    jobs: count,
    streams: width = 3,
    lastsMs = Math.max(90_250, count * 400_000),
    name = (_, usual) => usual,
  } = shape;
  const random = randomFrom(count + width);
  const labels = Array.from({ length: width }, (_, at) =>
    name(at, `warehouse.${(objects[at % 6] ?? '').toLowerCase()}_${at}`),
  );
  const objectOf = (at: number) => name(at, objects[at % 6] ?? '');
  const jobs = Array.from({ length: count }, (_, at) => jobAt(at, shape, { random, labels, objectOf, lastsMs }));
  const streams = labels.map((stream, at) => {
    const own = jobs.filter((_, job) => job % width === at);
    const accepted = own.reduce((sum, job) => sum + (job.accepted ?? 0), 0);
    const rejected = own.reduce((sum, job) => sum + (job.rejected ?? 0), 0);
    const open = own.reduce((sum, job) => sum + (job.result === 'loaded' ? 0 : job.rows), 0);
    const [superseded, skipped, early] = [random(500), random(90), rejected > 0 ? random(7) : 0];
    const received = accepted + rejected + open + superseded + skipped + early;
    const counts = { received, accepted, superseded, skipped, rejected: rejected + early };
    return {
      ...{
        stream,
        object: objectOf(at),
        operation: ['UPSERT', 'UPDATE', 'INSERT'][at % 3] ?? '',
        key_fields: ['External_ID__gc'],
      },
      records: { ...counts, rejected_before_sending: early, not_loaded: open },
      files: { closed: own.length + 1, submitted: own.length, taken_over: 0, not_sent: 1 },
      batches: { closed: 0, calls: 0 },
      reasons: rejected > 0 ? reasonsOf(rejected, shape.reasons ?? 2, name) : [],
    };
  });
  const records = sumOf(streams.map((stream) => stream.records));
  const failed = jobs.filter(({ result }) => result === 'failed');
  return {
    ...{ format: 1, connector: '0.1.0', run: name(1, '4711'), attempt: 0, host: name(2, 'acme.gainsightcloud.com') },
    ...{ started_at: iso(startedAt), ended_at: iso(startedAt + lastsMs), seconds: lastsMs / 1000 },
    verdict: verdictOf(records, failed, name),
    failures: failed.slice(0, 3).map(({ job, stream, code }) => ({
      ...{ code: code ?? '', type: 'system_error', stream },
      message: name(5, `Job ${job} failed: GS_3250: The file is not valid. Run \`errors ${job}\` to see more.`),
    })),
    ...{ states: count * 3, records, streams, calls: callsOf(jobs, lastsMs), jobs, jobs_left_out: 0 },
    batches: Array.from({ length: shape.batches ?? 0 }, (_, at) => batchOf(at)),
    rejected_files: streams
      .filter(({ reasons }) => reasons.length > 0)
      .map(({ stream, object, records: { rejected } }) => ({
        ...{ file: name(6, `/rejected/4711.0.1.${stream}.rejects.csv`), stream, object, rows: rejected },
        comes_again: 'none' as const,
      })),
    sent_again: { waited: 31, sent: 29, accepted: 20, rejected: 9, void: 1, given_up: 1, added: 4, waiting: 13 },
    settings: {
      domain: name(7, 'acme'),
      quota: { reserved_per_day: 20 },
      rejected_rows: { folder: '/rejected', log_detail: 'full_row' },
    },
  };
}

interface Making {
  readonly random: (below: number) => number;
  readonly labels: readonly string[];
  readonly objectOf: (at: number) => string;
  readonly lastsMs: number;
}

function jobAt(
  at: number,
  { jobs, name = (_, usual) => usual, trouble = true }: ReportShape,
  making: Making,
): ReportedJob {
  const { random, labels, objectOf, lastsMs } = making;
  const own = at % labels.length;
  const rows = 1 + random(200_000);
  const begun = startedAt + 5000 + Math.floor((at / jobs) * (lastsMs - 80_000 > 0 ? lastsMs - 80_000 : lastsMs / 2));
  const took = 4000 + random(60_000);
  const isFailed = trouble && at % 23 === 7;
  const isOpen = trouble && at === jobs - 1 && jobs > 5;
  const rejected = at % 4 === 1 ? random(Math.min(rows, 300)) : 0;
  const file = `cwhqzfdbmago63mwrpw3.0.${rows}.0izyampfzg.4711.0.jrcvrklu.${labels[own]?.slice(0, 60)}.csv`;
  return {
    ...{
      job: `J${String(at + 1).padStart(6, '0')}`,
      stream: labels[own] ?? '',
      object: objectOf(own),
      file: name(at, file),
    },
    request: `00000000-0000-4000-8000-${String(at * 7).padStart(12, '0')}`,
    ...{
      rows,
      bytes: rows * 131,
      closed_because: at % 9 === 0 ? 'end of input' : 'the file is full',
      taken_over: at % 31 === 3,
    },
    ...{ begun_at: iso(begun), ended_at: isOpen ? null : iso(begun + took), seconds: isOpen ? null : took / 1000 },
    ...endOf({ isOpen, isFailed, rows, rejected }),
  };
}

function endOf({
  isOpen,
  isFailed,
  rows,
  rejected,
}: {
  isOpen: boolean;
  isFailed: boolean;
  rows: number;
  rejected: number;
}) {
  if (isOpen) return { result: 'open', accepted: null, rejected: null, code: null } as const;
  if (isFailed) return { result: 'failed', accepted: null, rejected: null, code: 'job_failed' } as const;
  return { result: 'loaded', accepted: rows - rejected, rejected, code: null } as const;
}

function reasonsOf(rows: number, count: number, name: NonNullable<ReportShape['name']>): ReportedReason[] {
  const first = Math.max(1, rows - count + 1);
  return Array.from({ length: Math.min(count, rows) }, (_, at) => ({
    field: at % 3 === 2 ? null : name(at, ['Stage', 'Seats__gc', '', 'Renewal_Date__gc'][at % 4] ?? ''),
    reason: name(
      at + 3,
      `GSOBJ_1008 (a value is not allowed by the type of its field): Dropdownlist item not found for field ${at}: …`,
    ),
    rows: at === 0 ? first : 1,
    values:
      at === 0
        ? [
            { value: name(at, 'Prospct'), rows: Math.ceil(first / 2) },
            { value: ['a', 'b'], rows: Math.floor(first / 3) },
          ]
        : [],
    rows_of_other_values: at === 0 ? first - Math.ceil(first / 2) - Math.floor(first / 3) : 0,
    keys: [name(at, 'A-17'), 'A-23'],
    to_do: 'correct the value at the source, or add it to the dropdown list of the field in Gainsight',
  }));
}

function verdictOf(
  records: ReportedRecords,
  failed: readonly ReportedJob[],
  name: NonNullable<ReportShape['name']>,
): SyncReport['verdict'] {
  const next = failed.slice(0, 2).map(({ job }) => `errors ${job} --config FILE`);
  if (failed.length > 0) return { result: 'failed', text: name(4, `Job ${failed[0]?.job} on Company failed.`), next };
  const load = name(6, 'destination-gainsight load /rejected/4711.0.1.warehouse.companies.rejects.csv --config FILE');
  if (records.rejected === 0)
    return {
      result: 'loaded',
      text: 'All records are accepted, replaced by a later one, or skipped by a rule.',
      next: [],
    };
  const text = `${records.rejected} of ${records.received} records were rejected; all others are accepted, replaced by a later one, or skipped by a rule.`;
  return { result: 'loaded_with_rejects', text, next: [load] };
}

/** Those of our jobs, and some of others. */
function callsOf(jobs: readonly ReportedJob[], lastsMs: number): SyncReport['calls'] {
  const ours = jobs.map(({ begun_at }) => ({ at: begun_at, ours: true, calls: 1 }));
  const others = Array.from({ length: 14 }, (_, at) => ({
    ...{ at: iso(startedAt - 20 * 3_600_000 + at * 5_000_000), ours: false, calls: 1 },
  }));
  const made = [...ours, ...others].sort((one, other) => (one.at < other.at ? -1 : 1)).slice(-2000);
  const window = (name: string, hours: number, limit: number, reserved: number) => {
    const from = startedAt + lastsMs - hours * 3_600_000;
    const counted = made.filter(({ at }) => Date.parse(at) > from);
    const own = counted.filter((call) => call.ours).length;
    const used = { ours: own, others: counted.length - own };
    return {
      window: name,
      hours,
      limit,
      reserved,
      ...used,
      left: Math.max(0, Math.min(limit - counted.length, limit - reserved - own)),
    };
  };
  const windows = [window('hour', 1, 10, 0), window('day', 24, 100, 20)];
  return { submitted: jobs.length, windows, made, object_api: noCalls };
}

export const noCalls: SyncReport['calls']['object_api'] = { calls: 0, batches: 0, windows: [] };

/** A batch by calls, a minute after the one before. */
function batchOf(at: number): ReportedBatch {
  return {
    ...{ stream: 'warehouse.contacts', object: 'Contact__gc', rows: 5000, calls: 103, code: null },
    ...{ begun_at: iso(startedAt + at * 60_000), ended_at: iso(startedAt + at * 60_000 + 55_000), seconds: 55 },
    ...{ result: 'loaded', accepted: 4999, rejected: 1 },
  };
}

function sumOf(all: readonly ReportedRecords[]): ReportedRecords {
  const sum = {
    received: 0,
    accepted: 0,
    superseded: 0,
    skipped: 0,
    rejected: 0,
    rejected_before_sending: 0,
    not_loaded: 0,
  };
  for (const counts of all) for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += counts[name];
  return sum;
}
