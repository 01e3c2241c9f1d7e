import t from 'tap';
import type { Batch, Outcome } from '../model.ts';
import { QuietJobs } from './quiet_jobs.ts';

const batch = { rows: 10 } as Batch;
const minute = 60_000;
const clean = (jobId: string): Outcome => ({ jobId, rejected: [], unidentified: 0 });

/** Submits so many jobs, J1 to Jn. @returns those whose submission is logged at once */
function submit(jobs: QuietJobs, count: number): string[] {
  const ids = Array.from({ length: count }, (_, at) => `J${at + 1}`);
  return ids.filter((jobId) => jobs.submitted({ kind: 'submitted', batch, jobId, quota: [] }));
}

t.test(
  'the first forty jobs have lines of their own, later ones are one group as long as they reject nothing',
  async (t) => {
    const jobs = new QuietJobs();
    t.equal(submit(jobs, 45).length, 40);
    t.equal(jobs.ended(batch, clean('J40'), 0), false, 'its submission was logged, so its end is');
    t.equal(jobs.ended(batch, clean('J41'), 0), true);
    t.equal(jobs.ended(batch, clean('J42'), minute), true);
    t.equal(jobs.isDue(9 * minute), false);
    t.equal(jobs.isDue(10 * minute), true, 'ten minutes after the first');
    t.same(jobs.takeGroup(), { first: 'J41', last: 'J42', files: 2, rows: 20 });
    t.equal(jobs.takeGroup(), undefined);
    t.equal(jobs.isDue(60 * minute), false);
  },
);

t.test('a job with rejected rows, one that runs long, and one that has not ended get their lines', async (t) => {
  const jobs = new QuietJobs();
  submit(jobs, 45);
  const row = { row: 0, sure: true, errors: [] };
  t.equal(jobs.ended(batch, { ...clean('J41'), rejected: [row] }, 0), false);
  t.match(jobs.take('J41'), { jobId: 'J41' }, 'its submission is logged with its end');
  t.equal(jobs.ended(batch, { ...clean('J42'), unidentified: 1 }, 0), false);
  t.match(jobs.take('J43'), { jobId: 'J43' }, 'with the first line about its progress');
  t.equal(jobs.take('J43'), undefined, 'once');
  t.equal(jobs.ended(batch, clean('J43'), 0), false);
  t.equal(jobs.ended(batch, { rejected: [], unidentified: 0 }, 0), false, 'a file without a job is no part of it');
  t.same(
    jobs.takeHeld().map(({ jobId }) => jobId),
    ['J42', 'J44', 'J45'],
  );
  t.equal(jobs.takeGroup(), undefined);
});
