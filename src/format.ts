/** Formats numbers and times for people: one spelling for each kind, in logs, failures and commands. */

/** `1,234,567` */
export function formatCount(count: number): string {
  return grouped(String(count));
}

/** `1 row`, `1,234 rows`, `2 batches`. @param noun in the singular; its plural takes an s, or es after ch */
export function formatCounted(count: number, noun: string): string {
  const plural = noun.endsWith('ch') ? `${noun}es` : `${noun}s`;
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** `75.0 MB`, `1.5 kB`, `12 bytes`: a megabyte is 1,000,000 bytes, as in the configuration. */
export function formatBytes(bytes: number): string {
  // 999,950 bytes and more would round to 1000.0 kB.
  if (bytes >= 999_950) return `${formatTenths(bytes / 1_000_000)} MB`;
  return bytes >= 1000 ? `${formatTenths(bytes / 1000)} kB` : formatCounted(bytes, 'byte');
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `1 d 3 h`: the two largest units. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 9950) return `${formatTenths(Math.max(0, milliseconds) / 1000)} s`.replace('.0 s', ' s');
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return twoUnits(seconds, 60, 'min', 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return twoUnits(minutes, 60, 'h', 'min');
  return twoUnits(Math.round(minutes / 60), 24, 'd', 'h');
}

/** `2026-08-21 14:05 UTC`. @param wall milliseconds since 1970 */
export function formatTime(wall: number): string {
  return `${new Date(wall).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function formatTenths(value: number): string {
  // Rounded by its decimal text: as a binary number 23.45 is less, and toFixed would return 23.4.
  return grouped((Math.round(value * 10) / 10).toFixed(1));
}

/** Puts commas between thousands. Not `toLocaleString`, which loads language data: 12 ms of each start. */
function grouped(digits: string): string {
  return digits.replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ',');
}

function twoUnits(value: number, size: number, large: string, small: string): string {
  const rest = value % size;
  return `${formatCount(Math.floor(value / size))} ${large}${rest > 0 ? ` ${rest} ${small}` : ''}`;
}

/** The operation of a plan, as the user chose it: an INSERT that first asks which keys exist is planned as an UPSERT. */
export function formatOperation({
  operation,
  addsOnly = false,
}: {
  readonly operation: string;
  readonly addsOnly?: boolean | undefined;
}): string {
  return addsOnly ? 'INSERT (by keys)' : operation;
}
