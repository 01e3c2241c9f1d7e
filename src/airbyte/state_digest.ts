/** The digest of a STATE's own content, independent of how it is written and of what the platform adds. */
import { createHash } from 'node:crypto';
import { decodeText, JsonCursor } from './json_cursor.ts';

const [quote, openBracket, openBrace] = [0x22, 0x5b, 0x7b];
const [stateName, streamName] = ['state', 'stream'].map((name) => Buffer.from(name)) as [Buffer, Buffer];
const contentNames = ['global', 'data'].map((name) => Buffer.from(name));
const streamStateName = Buffer.from('stream_state');
const streamStatesName = 'stream_states';

/** Longer texts of one value are replaced by their digest, so that a state of millions of values stays small. */
const longestText = 1024;
/** Deeper values are used as they are written. */
const deepest = 100;

/**
 * The digest of a state's own content: `stream_state` of a STREAM, `global` of a GLOBAL, `data` of a LEGACY state.
 * Order and spelling of its members make no difference, nor do members that the platform adds, such as `id`.
 * @param line a STATE message, valid JSON
 * @returns undefined if it has no content, as for a stream that has none yet
 */
export function stateDigest(line: Buffer): Buffer | undefined {
  const json = new JsonCursor(line);
  const [state] = json.find(json.space(0), [stateName]);
  const [stream] = json.find(state, [streamName]);
  const found = [...json.find(stream, [streamStateName]), ...json.find(state, contentNames)].find(
    (start) => !json.isNull(start),
  );
  return found === undefined ? undefined : createHash('sha256').update(canonical(json, found)).digest();
}

/** A value's canonical text: members sorted, no white space, texts written one way, numbers digit for digit. */
function canonical(json: JsonCursor, start: number, depth = 0, isSet = false): string {
  const { buffer } = json;
  const first = buffer[start];
  if (first === quote) return short(JSON.stringify(decodeText(buffer, start + 1, json.string(start + 1))));
  const isNested = first === openBrace || first === openBracket;
  if (!isNested || depth > deepest) return short(buffer.toString('latin1', start, json.value(start)));
  if (first === openBrace) return short(`{${membersOf(json, start, depth).sort().join()}}`);
  const elements = elementsOf(json, start, depth);
  // The order of its streams does not matter.
  return short(`[${(isSet ? elements.sort() : elements).join()}]`);
}

function membersOf(json: JsonCursor, start: number, depth: number): string[] {
  const { buffer } = json;
  const members = new Map<string, string>();
  let end = start + 1;
  for (let value = json.member(end, true); value >= 0; value = json.member(end, false)) {
    const key = decodeText(buffer, json.keyStart, json.keyEnd);
    members.set(key, canonical(json, value, depth + 1, key === streamStatesName));
    end = json.value(value);
  }
  return Array.from(members, ([key, text]) => `${JSON.stringify(key)}:${text}`);
}

function elementsOf(json: JsonCursor, start: number, depth: number): string[] {
  const { buffer } = json;
  const elements: string[] = [];
  for (let at = json.space(start + 1); at < buffer.length && buffer[at] !== 0x5d; ) {
    elements.push(canonical(json, at, depth + 1));
    at = json.space(json.value(at));
    if (buffer[at] === 0x2c) at = json.space(at + 1);
  }
  return elements;
}

function short(text: string): string {
  return text.length <= longestText ? text : `#${createHash('sha256').update(text).digest('hex')}`;
}
