/** The property of the scanner: it accepts exactly what JSON.parse accepts as a RECORD, and agrees on every value. */
import { isUtf8 } from 'node:buffer';
import { decodeText } from '../../src/airbyte/json_cursor.ts';
import type { RecordScanner } from '../../src/records/record_scanner.ts';
import { pick, type Random } from '../support/random.ts';

const names = ['type', 'record', 'stream', 'namespace', 'data', 'meta', 'changes', 'id', 'é', '__proto__', '', 'a b'];
const scalars = [
  '0', '-0', '1.10', '-1.5e+30', '1E400', '12345678901234567890123', 'true', 'false', 'null', '""', '"RECORD"',
  '"plain text, with a comma"', '"\\u00e9\\ud83d\\ude00\\ud800"', '"é😀\u2028"', '"\\"quoted\\" \\\\ \\/ \\n\\r\\t\\b\\f"',
]; // biome-ignore format: a list of samples
const edits = [
  '"', '\\', '{', '}', '[', ']', ',', ':', ' ', '\t', '\r', '0', '1', '-', '+', '.', 'e', 'E', 'u', 'n', 'true', 'null',
  '\\u', '\\ud800', '\\u0022', '\u0000', '\u001f', '\u007f', '\ufeff', '\u00a0', '\u2028', ',"type":"RECORD"',
  ',"data":{}', ',"record":{}', '"stream":"s",', '{}', '[]', '""', '01', '1.', '.5', '1e', '//', "'",
]; // biome-ignore format: a list of edits
const changes = '"meta":{"changes":[{"field":"id","change":"NULLED","reason":"SOURCE_RETRIEVAL_ERROR"}]}';

/** A line that is usually a RECORD, of usual or unusual form. */
export function randomLine(random: Random): string {
  const data = object(
    random,
    Array.from({ length: random(6) }, () => [name(random), value(random, 3)]),
  );
  const stream = random(20) === 0 ? value(random, 1) : JSON.stringify(pick(random, ['accounts', 's', 'ü', '']));
  const parts: [string, string][] = [
    ['namespace', pick(random, ['"public"', 'null', '"é"', '"pub\\u006cic"'])],
    ['stream', stream],
    ['data', data],
    ['emitted_at', '1719500000000'],
  ];
  if (random(4) === 0) parts.shift();
  if (random(6) === 0) parts.push([name(random), value(random, 2)]);
  if (random(3) === 0) shuffle(random, parts);
  let record = object(random, parts);
  if (random(5) === 0) record = record.replace(/\}$/, `,${changes}}`);
  const message: [string, string][] = [
    ['type', random(12) === 0 ? pick(random, ['"STATE"', '"LOG"', '1', 'null', '"REC\\u004fRD"']) : '"RECORD"'],
    ['record', record],
  ];
  if (random(8) === 0) message.push([name(random), value(random, 2)]);
  if (random(4) === 0) shuffle(random, message);
  return object(random, message);
}

/** The same bytes with up to three edits: truncated, removed, replaced, inserted, copied from elsewhere. */
export function mutate(random: Random, line: Buffer): Buffer {
  let bytes = line;
  for (let left = random(4); left > 0; left--) {
    const at = random(bytes.length + 1);
    const upTo = Math.min(bytes.length, at + random(8));
    const edit = [
      () => [bytes.subarray(0, at)],
      () => [bytes.subarray(0, at), bytes.subarray(upTo)],
      () => [bytes.subarray(0, at), Buffer.of(random(256)), bytes.subarray(at + 1)],
      () => [bytes.subarray(0, at), Buffer.from(pick(random, edits)), bytes.subarray(at)],
      () => [bytes.subarray(0, at), Buffer.from(pick(random, edits)), bytes.subarray(upTo)],
      () => [bytes.subarray(0, upTo), bytes.subarray(at)],
    ];
    bytes = Buffer.concat(pick(random, edit)());
  }
  return bytes;
}

/** What JSON.parse says of a line. */
function reference(line: Buffer): { kind: string; parsed?: { record: Record<string, unknown> } } {
  if (!isUtf8(line)) return { kind: 'broken' };
  let parsed: unknown;
  try {
    // Not toString, which drops nothing, nor TextDecoder, which drops a byte order mark.
    parsed = JSON.parse(line.toString());
  } catch {
    return { kind: 'broken' };
  }
  if (!isObject(parsed) || parsed['type'] !== 'RECORD') return { kind: 'other' };
  const record = parsed['record'];
  if (!isObject(record) || typeof record['stream'] !== 'string' || !isObject(record['data'])) return { kind: 'broken' };
  const namespace = record['namespace'];
  if (namespace !== undefined && namespace !== null && typeof namespace !== 'string') return { kind: 'broken' };
  return { kind: 'record', parsed: { record } };
}

/**
 * Scans `[start, stop)` of a buffer and compares with JSON.parse.
 * @returns the kind, and what differs if anything does
 */
export function compare(scanner: RecordScanner, buffer: Buffer, start: number, stop: number): [string, string?] {
  const line = buffer.subarray(start, stop);
  const expected = reference(line);
  const kind = scanner.scan(buffer, start, stop);
  if (kind !== expected.kind)
    return [kind, `the scanner says ${kind} (${scanner.problem}) and JSON.parse ${expected.kind}`];
  if (!expected.parsed) return [kind];
  const { record } = expected.parsed;
  const namespace = record['namespace'] ?? undefined;
  if (scanner.stream !== record['stream'] || scanner.namespace !== namespace) return [kind, 'another stream'];
  const data = Object.fromEntries(
    Array.from({ length: scanner.fieldCount }, (_, field) => {
      const { bytes, keyStart, keyEnd, valueStart, valueEnd } = scanner.kernel;
      const key = decodeText(bytes, keyStart[field] as number, keyEnd[field] as number);
      const text = bytes.toString('utf8', valueStart[field], valueEnd[field]);
      return [key, text];
    }),
  );
  const values = record['data'] as Record<string, unknown>;
  if (Object.keys(data).join('\n') !== Object.keys(values).join('\n')) return [kind, 'other keys'];
  for (const [key, text] of Object.entries(data)) {
    if (JSON.stringify(JSON.parse(text)) !== JSON.stringify(values[key])) return [kind, 'another value'];
  }
  const meta = record['meta'];
  const given = isObject(meta) && Array.isArray(meta['changes']) ? meta['changes'] : [];
  const usable = given.filter(
    (each) => isObject(each) && [each['field'], each['change']].every((text) => typeof text === 'string'),
  );
  return JSON.stringify(usable) === JSON.stringify(scanner.changes) ? [kind] : [kind, 'other changes'];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function name(random: Random): string {
  return random(3) === 0 ? pick(random, names) : `c${random(5)}`;
}

function value(random: Random, depth: number): string {
  const kind = depth === 0 ? 0 : random(10);
  if (kind < 8) return pick(random, scalars);
  const inner = () => value(random, depth - 1);
  if (kind === 8) return `[${Array.from({ length: random(4) }, inner).join(space(random, ','))}]`;
  return object(
    random,
    Array.from({ length: random(4) }, () => [name(random), inner()]),
  );
}

function object(random: Random, members: readonly (readonly [string, string])[]): string {
  const texts = members.map(([key, text]) => `${escaped(random, key)}${space(random, ':')}${text}`);
  return `{${texts.join(space(random, ','))}}`;
}

function space(random: Random, around: string): string {
  return random(12) === 0 ? ` ${around}\t\r ` : around;
}

function escaped(random: Random, key: string): string {
  const text = JSON.stringify(key);
  if (random(15) !== 0) return text;
  return text.replace(/[a-z]/, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function shuffle(random: Random, list: unknown[]): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [list[i], list[j]] = [list[j], list[i]];
  }
}
