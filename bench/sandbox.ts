/**
 * A sandbox as a separate process, so that its work is not counted as ours. Receives its options and reports its jobs
 * by messages.
 */
import { writeFileSync } from 'node:fs';
import { stringify } from 'csv-stringify/sync';
import { systemClock } from '../src/clock.ts';
import { type Sandbox, startSandbox } from '../src/sandbox/server.ts';
import type { SandboxJob, SandboxOrder, SandboxReport } from './sandbox_process.ts';

process.once('message', (order: SandboxOrder) => void serve(order));
process.once('disconnect', () => process.exit());

async function serve({ recordsFile, ...speed }: SandboxOrder): Promise<void> {
  const noQuota = { callsPerHour: null, callsPerDay: null };
  const keepRows = recordsFile !== undefined;
  const sandbox = await startSandbox({ clock: systemClock, keepRows, ...noQuota, ...speed });
  process.send?.({ url: sandbox.url });
  process.on('message', () => {
    if (recordsFile !== undefined) writeRecords(sandbox, recordsFile);
    process.send?.(reportOf(sandbox));
  });
}

function reportOf({ calls, jobs }: Sandbox): SandboxReport {
  const submissions = calls.filter(({ kind }) => kind === 'submit');
  const asked = calls.filter(({ kind }) => kind === 'status' || kind === 'list');
  return {
    submissions: submissions.length,
    jobs: jobs.map(({ id, object, acceptedAt, endedAfter = Number.NaN, bytes, rowCount }): SandboxJob => {
      const arrivedAt = submissions.find(({ jobId }) => jobId === id)?.at ?? acceptedAt;
      const seenAt = asked.find(({ at }) => at >= acceptedAt + endedAfter)?.at ?? Number.NaN;
      return { arrivedAt, acceptedAt, endedAfter, seenAt, object, bytes, rows: rowCount };
    }),
  };
}

/** All jobs of a benchmark that keeps records are of one object. */
function writeRecords(sandbox: Sandbox, path: string): void {
  const [job] = sandbox.jobs;
  writeFileSync(path, stringify(job ? sandbox.rows(job.object) : [], { header: true }));
}
