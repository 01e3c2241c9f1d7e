/**
 * Memory for what is learned from records: given out piece by piece, and taken back all at once. Input with endless
 * names fills it.
 */
import * as layout from './layout';

/** Differs after each {@link reset}: what was learned in an earlier epoch is gone. Never 0. */
export let epoch: i32 = 1;

let used: usize = layout.templates;

/** Memory of this many bytes, aligned to eight; 0 if there is none left. */
export function allocate(bytes: i32): usize {
  const place = used;
  if (place + bytes + layout.slack > layout.plans) return 0;
  used += (bytes + 16 + 7) & ~7;
  return place;
}

/** Forgets everything. */
export function reset(): void {
  used = layout.templates;
  epoch++;
}
