/**
 * The fewest jobs in which a stream can be loaded: files are filled completely, in order, and INSERT files end at
 * states.
 */
import type { Reference, ReferenceStream } from '../support/reference.ts';
import { csvBytes } from '../support/reference_cells.ts';

/** How many jobs a stream may have. */
export interface JobsAllowed {
  readonly least: number;
  /** More than `least` only if the number cannot be computed simply: repeated keys, states of all streams. */
  readonly most: number;
}

/** Counts a stream's files, each filled with as many rows as possible. */
export function jobsAllowed({ states }: Reference, stream: ReferenceStream): JobsAllowed {
  const { operation, records, fields, label, maxBytes, maxRows } = stream;
  const sent = records.flatMap(({ cells, result }, at) => (result === 'sent' ? [{ at, cells }] : []));
  const isInsert = operation === 'INSERT';
  // Numbers of sent records after which the stream has a state.
  const marks = states
    .filter(({ scope }) => isInsert && scope === label)
    .map(({ before }) => sent.filter(({ at }) => at < (before.get(label) ?? 0)).length);
  const header = csvBytes([fields]);
  let most = 0;
  for (let start = 0; start < sent.length; most++) {
    let bytes = header;
    const fits = ({ cells }: (typeof sent)[number], at: number) => {
      bytes += csvBytes([cells]);
      return bytes <= maxBytes && at < maxRows;
    };
    const rest = sent.slice(start);
    const beyond = rest.findIndex((record, at) => !fits(record, at));
    const full = start + (beyond < 0 ? rest.length : beyond);
    const inside = marks.filter((mark) => mark > start && mark <= full);
    start = inside.at(-1) ?? full;
  }
  const isExact = isInsert ? states.every(({ scope }) => scope !== '*') : !hasRepeatedKeys(stream);
  return { least: isExact ? most : Math.min(1, sent.length), most: isInsert && !isExact ? sent.length : most };
}

function hasRepeatedKeys({ records, fields, keyFields }: ReferenceStream): boolean {
  const keys = records
    .filter(({ result }) => result === 'sent')
    .map(({ cells }) => JSON.stringify(keyFields.map((field) => cells[fields.indexOf(field)])));
  return new Set(keys).size < keys.length;
}
