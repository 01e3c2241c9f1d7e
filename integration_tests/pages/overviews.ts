/** Lists of a tenant's jobs to make pages of, of which the tenant shows not everything. */
import type { JobsOverview, JobsPageFacts, ListedJob } from '../../src/report/jobs_page.ts';
import { randomFrom } from '../support/random.ts';

/** Of a list to make. */
export interface OverviewShape {
  readonly jobs: number;
  /** A name of an object, a stream, a file. */
  readonly name?: (at: number, usual: string) => string;
}

const now = Date.UTC(2026, 7, 28, 9, 30);
const hour = 3_600_000;
const since = now - 7 * 24 * hour;

/** A list of a week, the newest job first, with right sums. */
export function makeOverview(shape: OverviewShape): { overview: JobsOverview; facts: JobsPageFacts } {
  const { jobs: count, name = (_, usual) => usual } = shape;
  const random = randomFrom(count + 1);
  const jobs = Array.from({ length: count }, (_, at) => jobAt(at, shape, random));
  const sum = (of: (job: ListedJob) => number | null) => ({
    count: jobs.reduce((all, job) => all + (of(job) ?? 0), 0),
    at_least: jobs.some((job) => of(job) === null),
  });
  const own = jobs.filter((job) => job.own).length;
  const others = jobs.filter((job) => job.own === false).length;
  const calls = jobs.map((job) => ({ at: Date.parse(job.created ?? ''), ours: job.own === true, calls: 1 })).reverse();
  const used = (hours: number, isOurs?: boolean) =>
    calls.filter(({ at, ours }) => at > now - hours * hour && (isOurs === undefined || ours === isOurs)).length;
  const windowOf = (window: string, hours: number, limit: number, reserved: number) => ({
    ...{ window, used: used(hours), own: used(hours, true), others: used(hours, false), at_least: false },
    ...{ limit, reserved, left: Math.max(0, limit - used(hours)), most: Math.min(limit, used(hours) + 3) },
  });
  return {
    overview: {
      ...{ since: new Date(since).toISOString(), list_is_complete: true, jobs },
      sums: {
        jobs: { count, at_least: false, own, others, unknown: count - own - others },
        ...{
          rows: sum(({ rows }) => rows),
          accepted: sum(({ accepted }) => accepted),
          rejected: sum(({ rejected }) => rejected),
        },
      },
      calls: [windowOf('hour', 1, 10, 0), windowOf('day', 24, 100, 20)],
    },
    facts: {
      ...{ version: '0.1.0', host: name(1, 'acme.gainsightcloud.com'), now, calls, hours: [1, 24] },
      summary: name(
        2,
        `${count} jobs since 2026-08-21 09:30 UTC: ${own} of the connector and ${others} of other clients`,
      ),
      notes: [
        name(3, 'Calls used: 3 of 10 this hour and 20 of 100 today; left: 7 and 60.'),
        'The most in this list: 10 in one hour.',
      ],
      next:
        count > 0
          ? { job: 'J000001', command: name(4, 'destination-gainsight errors J000001 --config config.json') }
          : undefined,
    },
  };
}

function jobAt(
  at: number,
  { jobs, name = (_, usual) => usual }: OverviewShape,
  random: (below: number) => number,
): ListedJob {
  const own = [true, true, false, true, null][at % 5] ?? null;
  const created = new Date(now - Math.floor(((at + 0.5) / jobs) * 7 * 24 * hour)).toISOString();
  const rows = 1 + random(90_000);
  const stream = name(at, ['warehouse.companies', 'warehouse.contacts', 'crm.usage'][at % 3] ?? '');
  const counts = countsOf(at, rows);
  const file = own ? `cwhqzfdbmago63mwrpw3.0.${rows}.0izyampfzg.47${at}.0.jrcvrklu.${stream}.csv` : `export ${at}.csv`;
  return {
    ...{
      job: name(at, `J${String(jobs - at).padStart(6, '0')}`),
      own,
      run: own ? `47${at}` : null,
      attempt: own ? at % 2 : null,
    },
    ...{ connection: own ? 'jrcvrklu' : null, stream: own ? stream : null },
    ...{ object: name(at, ['Company', 'Company_Person', 'Usage__gc'][at % 3] ?? ''), rows, processed: rows, ...counts },
    ...{ created, created_as_written: created, seconds: at === 0 ? null : 3 + random(300) },
    file: own === null ? null : name(at, file),
  };
}

function countsOf(at: number, rows: number): Pick<ListedJob, 'status' | 'accepted' | 'rejected'> {
  if (at === 0) return { status: 'IN_PROGRESS', accepted: null, rejected: null };
  if (at % 17 === 9) return { status: 'FAILED', accepted: 0, rejected: rows };
  const rejected = at % 6 === 2 ? Math.floor(rows / 90) : 0;
  return { status: 'COMPLETED', accepted: rows - rejected, rejected };
}
