/** A STATE line's own text with statistics put in, everything else byte for byte as it came. */
import { ConnectorError } from '../errors.ts';
import { JsonCursor } from './json_cursor.ts';

const [openBrace, closeBrace] = [0x7b, 0x7d];
const [stateKey, statsKey] = [Buffer.from('state'), Buffer.from('destinationStats')];

/**
 * Puts `destinationStats` in as the last member of the (last) top-level `state`; one that is there is cut out. White
 * space around the message is left out.
 * @param line a STATE message, valid JSON
 * @param stats the JSON text of the statistics
 * @throws bug if `line` has no object `state`
 */
export function spliceStats(line: Buffer | string, stats: string): Buffer {
  const buffer = typeof line === 'string' ? Buffer.from(line) : line;
  const json = new JsonCursor(buffer);
  const state = stateStart(json);
  // Pieces of the line, never strings of it: it may be long.
  const parts: Buffer[] = [];
  let copied = json.space(0);
  let kept = 0;
  let end = state;
  for (let value = json.member(end, true); value >= 0; value = json.member(end, false)) {
    const keyStart = json.keyStart - 1;
    const isStats = json.keyIs(statsKey);
    const before = end;
    end = json.value(value);
    if (isStats) {
      // It goes with the comma before it; where nothing kept is before it, with the one behind it (below).
      if (kept > 0) parts.push(buffer.subarray(copied, before));
      else if (copied < state) parts.push(buffer.subarray(copied, keyStart));
      copied = end;
    } else if (kept++ === 0 && copied > state) {
      copied = keyStart;
    }
  }
  const put = Buffer.from(`${kept === 0 ? '' : ','}"destinationStats":${stats}`);
  parts.push(buffer.subarray(copied, end), put, buffer.subarray(end, buffer.lastIndexOf(closeBrace) + 1));
  return Buffer.concat(parts);
}

/** Behind the `{` of the last top-level `state`. */
function stateStart(json: JsonCursor): number {
  const { buffer } = json;
  let start = -1;
  let end = json.space(0) + 1;
  for (let value = json.member(end, true); value >= 0; value = json.member(end, false)) {
    if (json.keyIs(stateKey)) start = buffer[value] === openBrace ? value + 1 : -1;
    end = json.value(value);
  }
  if (start < 0) throw new ConnectorError('bug', { detail: 'a STATE message has no object "state"' });
  return start;
}
