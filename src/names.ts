/** Names made safe for files: the only spelling of a stream's name that reaches a disk or Gainsight's list of jobs. */

/**
 * `text` with every run of characters outside `[A-Za-z0-9._-]` as one `_`, cut to `max` characters.
 * Different texts may give the same slug: it is for people, never an identity.
 */
export function slug(text: string, max: number): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, Math.max(0, max));
}
