/** The kernel's scanner beside the plain reader of the kit: both find the same records, and the same bytes in them. */
import { Readable } from 'node:stream';
import { Input, type InputMessage } from '../../src/airbyte/input.ts';
import { decodeText } from '../../src/airbyte/json_cursor.ts';
import { TracedError } from '../../src/airbyte/traced_error.ts';
import type { RecordScanner } from '../../src/records/record_scanner.ts';
import { readJson } from '../support/json_text.ts';

const { signal } = new AbortController();

/**
 * Reads a line without line feeds by both.
 * @returns what the scanner takes it for, and what differs if anything does
 */
export async function compareReaders(scanner: RecordScanner, line: Buffer): Promise<[kind: string, string?]> {
  const kind = scanner.scan(line, 0, line.length);
  const message = await readPlainly(line);
  if (message === 'broken') {
    // Whether a line that is no RECORD is of use is not the scanner's business.
    return kind === 'record' ? [kind, 'the plain reader takes it for broken'] : [kind];
  }
  if (kind === 'broken') return [kind, `only the scanner takes it for broken: ${scanner.problem}`];
  if ((kind === 'record') !== (message?.type === 'RECORD')) return [kind, `a ${message?.type} for the plain reader`];
  if (message?.type !== 'RECORD') return [kind];
  const plain = JSON.stringify([message.stream, message.changes, membersOf(message.data)]);
  return plain === JSON.stringify(foundBy(scanner)) ? [kind] : [kind, `the plain reader finds ${plain}`];
}

async function readPlainly(line: Buffer): Promise<InputMessage | 'broken' | undefined> {
  try {
    const [message] = await Readable.from(new Input(Readable.from([line]), signal).messages()).toArray();
    return message;
  } catch (error) {
    if (error instanceof TracedError && error.code === 'input_broken') return 'broken';
    throw error;
  }
}

/** Each member's text, digit for digit. */
function membersOf(data: Buffer): [string, string][] {
  const json = readJson(data.toString());
  return json.kind === 'object' ? sorted([...json.members].map(([name, { text }]) => [name, text])) : [];
}

function foundBy(scanner: RecordScanner) {
  const { stream, namespace, changes, fieldCount, kernel } = scanner;
  const { bytes, keyStart, keyEnd, valueStart, valueEnd } = kernel;
  const fields = Array.from({ length: fieldCount }, (_, at): [string, string] => [
    decodeText(bytes, keyStart[at] as number, keyEnd[at] as number),
    bytes.toString('utf8', valueStart[at], valueEnd[at]),
  ]);
  // Of repeated keys the last one stays.
  return [{ name: stream, namespace }, changes, sorted([...new Map(fields)])];
}

function sorted(members: [string, string][]): [string, string][] {
  return members.toSorted(([one], [other]) => (one < other ? -1 : 1));
}
