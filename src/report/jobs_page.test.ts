/** The page of the jobs of a tenant: every figure is that of `jobs --json`. */
import t from 'tap';
import { makeOverview } from '../../integration_tests/pages/overviews.ts';
import { numberIn, readPage } from '../../integration_tests/pages/read_page.ts';
import { hostileTexts } from '../../integration_tests/pages/reports.ts';
import { formatDuration } from '../format.ts';
import { jobsPage } from './jobs_page.ts';

t.test('the sums, the calls and each job', async (t) => {
  const { overview, facts } = makeOverview({ jobs: 60 });
  const { headings, tables, terms } = readPage(jobsPage(overview, facts));
  const { jobs, rows, accepted, rejected } = overview.sums;
  const sums = { Jobs: jobs.count, 'Of the connector': jobs.own, 'Of other clients': jobs.others, Rows: rows.count };
  for (const [term, count] of Object.entries(sums)) t.equal(numberIn(terms.get(term)), count, term);
  t.strictSame([terms.get('Accepted, at least'), terms.get('Rejected, at least')].map(numberIn), [
    accepted.count,
    rejected.count,
  ]);
  t.match(headings, [
    /^\d+ jobs failed$/,
    'Next command',
    'Sums',
    'Jobs and calls over time',
    'Jobs, the newest first',
  ]);
  t.match(
    tables
      .get('Calls now')
      ?.map((row) =>
        ['Used', 'Ours', 'Others', 'Limit', 'Reserved for others', 'Left', 'Most in this list'].map((title) =>
          numberIn(row[title]),
        ),
      ),
    overview.calls.map(({ used, own, others, limit, reserved, left, most }) => [
      used,
      own,
      others,
      limit,
      reserved,
      left,
      most,
    ]),
  );
  const listed = tables.get('Jobs') ?? [];
  t.equal(listed.length, 60);
  const count = (value: number | null) => (value === null ? '?' : value.toLocaleString('en-US'));
  for (const [at, job] of overview.jobs.entries()) {
    const own = (value: string | number | null) => (job.own === false ? '–' : `${value ?? '?'}`);
    t.match(listed[at], {
      ...{ Job: job.job, Run: own(job.run), Attempt: own(job.attempt), Stream: own(job.stream), Object: job.object },
      ...{ Status: job.status, Rows: count(job.rows), Accepted: count(job.accepted), Rejected: count(job.rejected) },
      ...{ Took: job.seconds === null ? '?' : formatDuration(job.seconds * 1000), File: job.file ?? '?' },
    });
  }
});

t.test('no name is markup, and the size is limited', async (t) => {
  const usual = makeOverview({ jobs: 60 });
  const plain = readPage(jobsPage(usual.overview, usual.facts));
  for (const hostile of hostileTexts) {
    const { overview, facts } = makeOverview({ jobs: 60, name: () => hostile });
    t.strictSame([...readPage(jobsPage(overview, facts)).names].sort(), [...plain.names].sort(), hostile.slice(0, 60));
  }
  t.ok(Buffer.byteLength(jobsPage(usual.overview, usual.facts)) < 100_000);
  const many = makeOverview({ jobs: 5000 });
  const page = jobsPage(many.overview, many.facts);
  t.ok(Buffer.byteLength(page) < 2_000_000, `${Buffer.byteLength(page)}`);
  t.equal(readPage(page).tables.get('Jobs')?.length, 5000);
  const long = makeOverview({ jobs: 5000, name: (at) => `${at}${'"'.repeat(10_000)}` });
  t.ok(Buffer.byteLength(jobsPage(long.overview, long.facts)) < 2_000_000);
});

t.test('without jobs, and where all is well', async (t) => {
  const none = makeOverview({ jobs: 0 });
  t.equal(readPage(jobsPage(none.overview, none.facts)).headings[0], 'No jobs');
  const { overview, facts } = makeOverview({ jobs: 3 });
  const jobs = overview.jobs.map((job) => ({ ...job, status: 'COMPLETED', rejected: 0 }));
  const rejecting = jobs.map((job, at) => ({ ...job, rejected: at }));
  const headlineOf = (all: typeof jobs) => readPage(jobsPage({ ...overview, jobs: all }, facts)).headings[0];
  t.equal(headlineOf(jobs), 'No job failed or rejected rows, as far as the list shows');
  t.equal(headlineOf(rejecting), '2 jobs rejected rows');
});
