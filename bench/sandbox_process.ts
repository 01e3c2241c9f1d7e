/** Starts the sandbox of a sync as a separate process, and gets its report. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** How fast its jobs run, and what is kept of them. */
export interface SandboxOrder {
  readonly rowsPerSecond: number;
  /** How long a job is PENDING. */
  readonly pendingSeconds: number;
  /** A file for the records that the object has in the end, as CSV. Default: they are not kept. */
  readonly recordsFile?: string;
}

/** A job; times in milliseconds, those of the clock since 1970. */
export interface SandboxJob {
  /** When its submission began to arrive. */
  readonly arrivedAt: number;
  /** When the file was complete and the job was created. */
  readonly acceptedAt: number;
  /** How long the job took from then on. */
  readonly endedAfter: number;
  /** When the connector first asked for its status after that. */
  readonly seenAt: number;
  /** The object. */
  readonly object: string;
  readonly bytes: number;
  readonly rows: number;
}

/** What the sandbox received. */
export interface SandboxReport {
  readonly jobs: readonly SandboxJob[];
  readonly submissions: number;
}

/** Ends jobs at once. */
export const immediate: SandboxOrder = { rowsPerSecond: 1e9, pendingSeconds: 0.001 };

/** Calls `work` with the address of a sandbox that runs until `work` has ended. */
export async function withSandbox<T>(
  order: SandboxOrder,
  work: (url: string, report: () => Promise<SandboxReport>) => Promise<T>,
): Promise<T> {
  const child = fork(fileURLToPath(new URL('./sandbox.js', import.meta.url)));
  const ask = async <M>(message: object): Promise<M> => {
    child.send(message);
    const [answer] = (await once(child, 'message')) as [M];
    return answer;
  };
  try {
    const { url } = await ask<{ url: string }>(order);
    return await work(url, () => ask<SandboxReport>({}));
  } finally {
    child.disconnect();
  }
}
