/** Files that scripts write: only what has changed, and never half. Plain JavaScript, as for `compile.js`. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * @param {string} stampPath contains the digest of what was compiled last
 * @param {string | Buffer} content
 */
export function hasChanged(stampPath, content) {
  const digest = createHash('sha256').update(content).digest('hex');
  const keep = () => put(stampPath, digest);
  try {
    return { value: readFileSync(stampPath, 'utf8') !== digest, keep };
  } catch {
    return { value: true, keep };
  }
}

/**
 * @param {string} from
 * @param {string} to
 */
export function copyIfOther(from, to) {
  if (timeOf(to) !== timeOf(from)) put(to, readFileSync(from), timeOf(from));
}

/**
 * Writes a file atomically: another process may be reading it.
 * @param {string} path
 * @param {string | Buffer} content
 * @param {number} [time] the modification time; default: now
 */
export function put(path, content, time) {
  mkdirSync(dirname(path), { recursive: true });
  const own = `${path}.${process.pid}`;
  writeFileSync(own, content);
  if (time !== undefined) utimesSync(own, new Date(time), new Date(time));
  renameSync(own, path);
}

/**
 * @param {string} path
 * @returns {number | undefined} milliseconds; undefined if there is no such file
 */
export function timeOf(path) {
  const time = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return time === undefined ? undefined : Math.round(time);
}
