/**
 * A sandbox as a separate process, so that its work is not counted as ours. Receives its options and reports its jobs
 * by messages.
 */
import { systemClock } from '../src/clock.ts';
import { startSandbox } from '../src/sandbox/server.ts';
import type { SandboxOrder, SandboxReport } from './sandbox_process.ts';

process.once('message', (order: SandboxOrder) => void serve(order));
process.once('disconnect', () => process.exit());

async function serve(order: SandboxOrder): Promise<void> {
  const noQuota = { callsPerHour: null, callsPerDay: null };
  const sandbox = await startSandbox({ clock: systemClock, keepRows: false, ...noQuota, ...order });
  process.send?.({ url: sandbox.url });
  process.on('message', () => {
    const submissions = sandbox.calls.filter(({ kind }) => kind === 'submit');
    const jobs = sandbox.jobs.map(({ id, acceptedAt, endedAfter = Number.NaN, bytes, rowCount }) => {
      const arrivedAt = submissions.find(({ jobId }) => jobId === id)?.at ?? acceptedAt;
      return { arrivedAt, acceptedAt, endedAfter, bytes, rows: rowCount };
    });
    const report: SandboxReport = { jobs, submissions: submissions.length };
    process.send?.(report);
  });
}
