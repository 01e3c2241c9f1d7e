/** What may be wrong with a file to load: everything that is found is named at once, with its lines. */
import { label } from '../airbyte/streams.ts';
import { formatCount, formatCounted } from '../format.ts';
import { nameList } from '../names.ts';
import { didYouMean } from '../plan/name_match.ts';
import { type PlanFile, reasonColumns } from '../settle/rejects/plan_file.ts';

/** Why nothing of a file is loaded. */
export class UnfitFile extends Error {
  /** @param faults all that were found, each a sentence without its full stop */
  constructor(faults: readonly string[], options?: ErrorOptions) {
    super(faults.map((fault) => `${fault}.`).join('\n'), options);
    this.name = 'UnfitFile';
  }
}

const mostLines = 20;

/** `line 3`, `lines 3, 7 and 2 more` */
export function linesText(lines: readonly (number | string)[]): string {
  const more = lines.length > mostLines ? ` and ${formatCount(lines.length - mostLines)} more` : '';
  return `line${lines.length === 1 ? '' : 's'} ${lines.slice(0, mostLines).join(', ')}${more}`;
}

/** What may be wrong with a line, or look so. */
export interface LineKind {
  /** Follows `2 rows have`. */
  readonly what: string;
  /** What to do instead of deleting the lines; `or delete these lines` follows. */
  readonly remedy?: string | undefined;
}

/** Lines by what they have: the first {@link mostLines} of a kind, and how many there are. */
export class LinesByKind {
  readonly #kinds = new Map<string, LineKind & { readonly lines: (number | string)[] }>();

  add(kind: LineKind, line: number | string): void {
    const found = this.#kinds.get(kind.what) ?? { ...kind, lines: [] };
    found.lines.push(line);
    this.#kinds.set(kind.what, found);
  }

  /** `2 rows have no value for the key: lines 3, 7. Fill it in, or delete these lines` */
  get texts(): string[] {
    return [...this.#kinds.values()].map(({ what, remedy, lines }) => {
      const [has, them] = lines.length === 1 ? ['has', 'the line'] : ['have', 'these lines'];
      const found = `${formatCounted(lines.length, 'row')} ${has} ${what}: ${linesText(lines)}`;
      return remedy === undefined ? found : `${found}. ${remedy}, or delete ${them}`;
    });
  }
}

/** What is wrong with the header, but for one that has no field of the plan at all. */
export function headerFaults(header: readonly string[], plan: PlanFile): string[] {
  const known = [...plan.fields, ...reasonColumns];
  const missing = plan.key_fields.filter((key) => !header.includes(key));
  const nameless = header.flatMap((name, at) => (name === '' ? [`Column ${at + 1} has no name`] : []));
  const unknown = [...new Set(header)].filter((name) => name !== '' && !known.includes(name));
  const twice = [...new Set(header.filter((name, at) => name !== '' && header.indexOf(name) !== at))];
  const lacking = plan.operation === 'INSERT' ? plan.fields.filter((field) => !header.includes(field)) : [];
  return [
    ...missing.map((key) => `The key field ${nameList([key])} has no column`),
    ...unknown
      .slice(0, mostLines)
      .map((name) => `Column ${nameList([name])} is not in the plan${didYouMean(name, known)}`),
    ...(unknown.length > mostLines ? [`${unknown.length - mostLines} more columns are not in the plan`] : []),
    ...nameless,
    ...twice.map((name) => `Column ${nameList([name])} appears more than once`),
    ...lacking.map((name) => `Column ${nameList([name])} is missing, and an INSERT needs all of them`),
    ...(missing.length === 0 && unknown.length === 0 ? keysAlone(header, plan) : []),
  ];
}

/** Only a plan of keys alone may have been meant so, to add records. */
function keysAlone(header: readonly string[], { fields, key_fields, object, operation }: PlanFile): string[] {
  if (operation === 'INSERT' || fields.some((field) => !key_fields.includes(field) && header.includes(field)))
    return [];
  const only = `The file has only the key ${nameList(key_fields)}`;
  if (operation === 'UPDATE') return [`${only}, so that it changes nothing: add the columns of the fields to change`];
  if (fields.length === key_fields.length) return [];
  const added = `a record of ${object} whose key is new would be added without any other value`;
  return [`${only}: it changes no record, and ${added}. Add the columns of the fields to change`];
}

/** The fault of a file that is no text of UTF-8. @param lines those that are not */
export function encodingFault(lines: readonly number[]): string {
  return `${linesText(lines).replace('line', 'Line')} ${lines.length === 1 ? 'is' : 'are'} not UTF-8: save the file as "CSV UTF-8"`;
}

/** Undefined: the bytes may be text of UTF-8. */
export function otherText(bytes: Buffer): string | undefined {
  const [first, second] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (isUtf16) return 'The file is UTF-16: save it as "CSV UTF-8"';
  if (bytes[0] === 0x50 && bytes[1] === 0x4b)
    return 'The file is a workbook or an archive, and not CSV: save it as "CSV UTF-8"';
  return bytes.subarray(0, 1000).includes(0)
    ? 'The file is UTF-16 without a mark, or no text: save it as "CSV UTF-8"'
    : undefined;
}

/** Rows that Gainsight has accepted are not known, and would be there twice. */
export function wholeBatch({ stream, object }: PlanFile): string {
  return (
    `It is the whole file of a job of ${label({ name: stream.name, namespace: stream.namespace ?? '' })}, and by INSERT the rows that ${object} has accepted of it would be there twice: ` +
    'leave only the missing rows in it, and save it under a name that does not end in .batch.csv'
  );
}
