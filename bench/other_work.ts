/** Measures how much of the machine other programs use while something is measured. Linux only. */
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** The system counts processor time in hundredths of a second, whatever its own clock. */
const ticksPerSecond = 100;

/** Processor time in seconds since some start. */
export interface ProcessorTime {
  /** Of all programs, and what the host of a virtual machine kept for itself. */
  readonly busy: number;
  /** Of this process. */
  readonly own: number;
  /** Of all that this process started and that have ended, and of what they started. */
  readonly children: number;
}

/** @returns undefined if this system does not say */
export function processorTime(): ProcessorTime | undefined {
  if (!existsSync('/proc/stat')) return undefined;
  return {
    busy: busySeconds(readFileSync('/proc/stat', 'utf8')),
    ...ownSeconds(readFileSync('/proc/self/stat', 'utf8')),
  };
}

/** What others used of the machine, from 0 to 1, in this many seconds. */
export function shareOfOthers(before: ProcessorTime, after: ProcessorTime, seconds: number): number {
  const ours = after.own + after.children - (before.own + before.children);
  const others = after.busy - before.busy - ours;
  return Math.min(1, Math.max(0, others / (seconds * cpus().length)));
}

/** From the first line of `/proc/stat`: user, nice, system, idle, waiting, interrupts (two kinds), stolen by the host. */
export function busySeconds(text: string): number {
  const [user = 0, nice = 0, system = 0, , , hard = 0, soft = 0, stolen = 0] = text
    .slice(0, text.indexOf('\n'))
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + hard + soft + stolen) / ticksPerSecond;
}

/** From `/proc/PID/stat`: user and system mode of the process, and the same of its ended children. */
export function ownSeconds(text: string): Pick<ProcessorTime, 'own' | 'children'> {
  // The second field is the program's name, which may contain anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user = 0, system = 0, ofUser = 0, ofSystem = 0] = fields.slice(11).map(Number);
  return { own: (user + system) / ticksPerSecond, children: (ofUser + ofSystem) / ticksPerSecond };
}
