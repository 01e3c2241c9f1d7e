/** What killed processes left on disk: known by the folder's name, and removed when the next one starts. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';

const folderName = /^destination-gainsight-(\d+)-(\d+)$/;

/** The folder's name of a process. */
export function folderOf(pid: number, startTime: string): string {
  return `destination-gainsight-${pid}-${startTime}`;
}

/**
 * When a process started, in the system's own count (clock ticks since boot); undefined where no such process can be
 * seen, or the system does not tell: only Linux does.
 */
export function processStartTime(pid: number): string | undefined {
  return look(pid)?.startTime;
}

/**
 * Deletes the folders in `parent` whose process has ended. What cannot be deleted stays: it hinders nobody.
 * Processes are looked up by number, so `parent` must not be shared with containers that count theirs apart.
 */
export function removeLeftovers(parent: string): void {
  for (const name of readdirSync(parent)) {
    const [, pid, startTime] = folderName.exec(name) ?? [];
    if (pid === undefined || startTime === undefined || mayRun(Number(pid), startTime)) continue;
    try {
      rmSync(`${parent}/${name}`, { recursive: true, force: true });
    } catch {
      // Another user's.
    }
  }
}

function mayRun(pid: number, startTime: string): boolean {
  const seen = look(pid);
  return seen === undefined ? exists(pid) : seen.startTime === startTime && !seen.hasEnded;
}

function look(pid: number): { readonly startTime: string | undefined; readonly hasEnded: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets, which may hold spaces and brackets; what follows is plain.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A process that nobody has waited for yet is still listed.
    return { startTime: fields[18], hasEnded: state === 'Z' || state === 'X' };
  } catch {
    return undefined;
  }
}

/** Asks without /proc. A process of another user, or one that is hidden, exists, too. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
