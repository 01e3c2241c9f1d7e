/** What is piped into the connector when its memory is measured: lines made as they are needed, never held. */

/** Which records there are, and in which order. */
export interface Shape {
  readonly records: number;
  /** They take turns, record by record; 1 unless given. */
  readonly streams?: number;
  /** Different keys in each stream; as many as records unless given. */
  readonly keys?: number;
  /** Characters of each record's text, beside its other columns: a line of about 450 bytes unless given. */
  readonly textLength?: number;
  /** A state follows so many records of each stream; one at the end unless given. */
  readonly stateEvery?: number;
  /** Bytes of a state's cursor. */
  readonly stateLength?: number;
}

/** Bytes that are handed over at once. */
const pieceLength = 256 * 1024;
const usualText = 280;

/** The name of a stream. */
export function nameOf(stream: number): string {
  return `table_${stream}`;
}

/** The lines of one case, in pieces. */
export function* linesOf(shape: Shape): Generator<string> {
  const { records, streams = 1, keys = records } = shape;
  const text = 'Lorem ipsum dolor sit amet, '.repeat(1 + (shape.textLength ?? usualText) / 28);
  const words = text.slice(0, shape.textLength ?? usualText);
  const { stateEvery = Math.ceil(records / streams), stateLength = 20 } = shape;
  const cursor = 'c'.repeat(stateLength);
  let piece = '';
  for (let at = 0; at < records; at++) {
    const stream = nameOf(at % streams);
    const round = Math.floor(at / streams);
    const isLast = at + streams >= records;
    piece += recordLine(stream, keyOf(round, keys), words);
    if (isLast || (round + 1) % stateEvery === 0) piece += stateLine(stream, round, cursor);
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

/** Each key comes before any comes again, in an order that has nothing to do with its number. */
function keyOf(round: number, keys: number): number {
  return (round * 7919) % keys;
}

function recordLine(stream: string, key: number, text: string): string {
  const data = `{"id":"C-${key}","name":"${text}","arr":${key}.25,"active":true,"owner":null}`;
  return `{"type":"RECORD","record":{"stream":"${stream}","data":${data},"emitted_at":1767603600000}}\n`;
}

function stateLine(stream: string, number: number, cursor: string): string {
  const state = `{"stream_descriptor":{"name":"${stream}"},"stream_state":{"at":${number},"cursor":"${cursor}"}}`;
  return `{"type":"STATE","state":{"type":"STREAM","stream":${state}}}\n`;
}
