/** The input for measuring the connector's memory: lines generated on demand, never held. */

/** The number and kind of records, and their order. */
export interface Shape {
  readonly records: number;
  /** They take turns, record by record; default: 1. */
  readonly streams?: number;
  /** Different keys in each stream; default: as many as records. */
  readonly keys?: number;
  /** Characters of each record's text, besides its other columns; default: a line of about 450 bytes. */
  readonly textLength?: number;
  /** Records of each stream before a state; default: one state at the end. */
  readonly stateEvery?: number;
  /** Bytes of a state's cursor. */
  readonly stateLength?: number;
}

/** Bytes per piece. */
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

/** Every key comes once before any is repeated, in an order unrelated to its number. */
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
