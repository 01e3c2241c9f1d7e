/** Finds the faults of a mapping that the configuration alone shows, all of them, and what looks like one. */
import type { FieldMapping, StreamEntry } from '../config/types.ts';
import { nameList, trimmed } from '../names.ts';
import { fieldNameOf, listedFields, sendsUnlisted } from './field_names.ts';
import { readFieldsText } from './fields_text.ts';
import { cycleIn, cycleText, resolveNames } from './load_order.ts';
import { didYouMean, mostSuggestions } from './name_match.ts';
import { hasKeys, lookupFaults, routeFaults } from './route_faults.ts';

/** A fault, or what looks like one. */
export interface MappingFault {
  /** Where in the configuration: `/streams/1/key_fields/0`. */
  readonly path: string;
  /** Follows the name of the place: what is wrong, and what to do. */
  readonly text: string;
}

/** An entry that has the types of the form. */
interface Placed {
  readonly path: string;
  readonly number: number;
  readonly entry: StreamEntry;
}

/** Cycles reported at most. */
const mostCycles = 20;

/** The stream of an entry. */
type EntryName = Pick<StreamEntry, 'stream' | 'namespace'>;

/**
 * The faults of all entries.
 * @param streams undefined for entries that do not have the types of the form
 * @param names of all entries; undefined if some cannot be read
 * @param loadsUnlisted whether streams without an entry are loaded as well
 */
export function mappingFaults(
  streams: readonly (StreamEntry | undefined)[],
  names: readonly EntryName[] | undefined,
  loadsUnlisted: boolean,
): MappingFault[] {
  const entries = placed(streams);
  const isWhole = entries.length === streams.length;
  return [
    ...entries.flatMap(entryFaults),
    ...duplicates(entries),
    ...(names && !loadsUnlisted ? misspeltParents(entries, names) : []),
    ...(isWhole ? cycles(entries) : []),
  ];
}

/**
 * What is probably wrong and yet may be right.
 * @param loadsUnlisted as for {@link mappingFaults}
 */
export function mappingHints(streams: readonly StreamEntry[], loadsUnlisted: boolean): MappingFault[] {
  const entries = placed(streams);
  return [
    ...entries.flatMap((each) => [...spacedColumns(each), ...crossedHints(each)]),
    ...(loadsUnlisted ? [] : foreignParents(entries, streams)),
  ];
}

function placed(streams: readonly (StreamEntry | undefined)[]): Placed[] {
  return [...streams.entries()].flatMap(([at, entry]) =>
    entry ? [{ path: `/streams/${at}`, number: at + 1, entry }] : [],
  );
}

function entryFaults(each: Placed): MappingFault[] {
  const { path, entry } = each;
  const { stream, namespace, object, load_after, latest_by, operation } = entry;
  const faults = [
    ...faultAt(`${path}/stream`, spaceFault(stream)),
    ...faultAt(`${path}/namespace`, namespace === '' ? undefined : spaceFault(namespace)),
    ...faultAt(`${path}/object`, nameFault(object)),
    ...fieldFaults(each),
    ...(hasKeys(entry) ? keyFaults(each) : []),
    ...load_after.flatMap((name, at) => faultAt(`${path}/load_after/${at}`, spaceFault(name))),
    ...[...routeFaults(entry), ...lookupFaults(entry, nameFault, (field) => unsentFault(field, entry))].map(
      within(path),
    ),
  ];
  if (operation !== 'INSERT' || latest_by !== 'cursor') return faults;
  const text = 'must not be cursor for INSERT, which adds every row, so that none is kept in place of another';
  return [...faults, { path: `${path}/latest_by`, text }];
}

/** A column with its field, as the entry lists it or in a line of its text. */
interface Listed extends FieldMapping {
  readonly path: string;
  readonly fieldPath: string;
  /** In the texts of faults. */
  readonly name: string;
  /** Begins the text of a fault whose path does not say all. */
  readonly start: string;
}

function listedIn({ path, entry }: Pick<Placed, 'path' | 'entry'>): Listed[] {
  const pairs = entry.fields.map((pair, at) => {
    const own = `${path}/fields/${at}`;
    return { ...pair, path: own, fieldPath: `${own}/field`, name: `Fields ${at + 1}`, start: '' };
  });
  const lines = readFieldsText(entry.fields_text).fields.map(({ line, ...pair }) => {
    const own = `${path}/fields_text`;
    return { ...pair, path: own, fieldPath: own, name: `Fields as Text (line ${line})`, start: `line ${line}: ` };
  });
  return [...pairs, ...lines];
}

/** White space at the ends of a column is no fault: tables of spreadsheets have such columns. */
function fieldFaults(each: Placed): MappingFault[] {
  const first = new Map<string, string>();
  const ofText = readFieldsText(each.entry.fields_text).others.map(({ line, text }) => ({
    path: `${each.path}/fields_text`,
    text: `has ${quote(text)} in line ${line}, which is neither column = Field nor two cells of a sheet`,
  }));
  const ofFields = listedIn(each).flatMap(({ field, fieldPath, name, start }) => {
    const earlier = first.get(field);
    if (earlier === undefined) first.set(field, name);
    const taken = `${quote(field)} is already the field of ${earlier}: map one column to each field`;
    const text = nameFault(field) ?? (earlier === undefined ? undefined : taken);
    return faultAt(fieldPath, text && `${start}${text}`);
  });
  return [...ofText, ...ofFields];
}

function keyFaults({ path, entry }: Placed): MappingFault[] {
  return entry.key_fields.flatMap((key, at) => {
    const text = nameFault(key) ?? commaFault(key) ?? unsentFault(key, entry) ?? repeatedFault(entry.key_fields, at);
    return faultAt(`${path}/key_fields/${at}`, text);
  });
}

function repeatedFault(keys: readonly string[], at: number): string | undefined {
  const key = keys[at] ?? '';
  const first = keys.indexOf(key);
  return first === at ? undefined : `${quote(key)} is already Key Fields ${first + 1}: remove one of the two`;
}

/** Of columns and streams, line breaks within are no fault: the source decides how they are named. */
function spaceFault(name: string): string | undefined {
  if (trimmed(name) === '') return 'must not be blank';
  return trimmed(name) === name ? undefined : `${quote(name)} has white space at an end: write ${quote(trimmed(name))}`;
}

/** What is wrong with the name of an object or field: they are parts of the request and of the header of the file. */
export function nameFault(name: string): string | undefined {
  const isBroken = ['\r', '\n', '\0'].some((character) => name.includes(character));
  return spaceFault(name) ?? (isBroken ? `${quote(name)} must not contain a line break` : undefined);
}

/** The request separates key fields by commas. */
function commaFault(key: string): string | undefined {
  if (!key.includes(',')) return undefined;
  const parts = key.split(',').map(trimmed);
  return `${quote(key)} has a comma, which Gainsight takes for the end of a name: give each key field an item of its own, ${nameList(parts)}`;
}

/**
 * An entry that sends no other columns lists all fields that are sent. Otherwise a listed column has another field, and
 * a rule for names does not give every name.
 */
function unsentFault(key: string, entry: StreamEntry): string | undefined {
  const fields = listedFields(entry);
  if (fields.some(({ field }) => field === key)) return undefined;
  const mapped = fields.find(({ column }) => column === key);
  if (mapped) return `${quote(key)} is a column: name its field, ${quote(mapped.field)}`;
  const named = fieldNameOf(key, entry.naming);
  if (named !== key) return `${quote(key)} is not a field that Naming gives: name the field, as ${quote(named)}`;
  if (sendsUnlisted(entry)) return undefined;
  const names = fields.map(({ field }) => field);
  return `${quote(key)} is not among the fields of this entry, ${nameList(names)}${didYouMean(key, names)}: name one of these, or map the missing column in "Fields"`;
}

function duplicates(entries: readonly Placed[]): MappingFault[] {
  const first = new Map<string, number>();
  return entries.flatMap(({ path, number, entry: { stream, namespace } }) => {
    const name = JSON.stringify([namespace, stream]);
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, number);
    return earlier === undefined
      ? []
      : [{ path, text: `is for the same stream as entry ${earlier}, ${quote(stream)}: remove one of the two` }];
  });
}

/** Names in "Load After" that are those of no entry. */
function strayParents(
  entries: readonly Placed[],
  known: readonly EntryName[],
): { path: string; name: string; meant: string }[] {
  const names = new Set(known.flatMap(namesOf));
  const suffixes = new Set(known.flatMap((entry) => namesOf(entry).flatMap(endings)));
  // An entry without a namespace may be for a stream with one, and may name it with its namespace.
  let suggestions = 0;
  const isKnown = (name: string) => suffixes.has(name) || endings(name).some((ending) => names.has(ending));
  return entries.flatMap(({ path, entry }) =>
    entry.load_after.flatMap((name, at) => {
      if (spaceFault(name) !== undefined || isKnown(name)) return [];
      const meant = suggestions++ < mostSuggestions ? didYouMean(name, [...names]) : '';
      return [{ path: `${path}/load_after/${at}`, name, meant }];
    }),
  );
}

function misspeltParents(entries: readonly Placed[], known: readonly EntryName[]): MappingFault[] {
  return strayParents(entries, known).flatMap(({ path, name, meant }) => {
    const text = `${quote(name)} names no entry of "Streams"${meant}: name a stream as its entry does, or remove it`;
    return meant === '' ? [] : [{ path, text }];
  });
}

/** A stream that the connection itself maps to an object needs no entry. */
function foreignParents(entries: readonly Placed[], known: readonly EntryName[]): MappingFault[] {
  return strayParents(entries, known).flatMap(({ path, name, meant }) => {
    const text = `${quote(name)} names no entry of "Streams", which is right only if the connection itself maps that stream to an object`;
    return meant === '' ? [{ path, text }] : [];
  });
}

function namesOf({ stream, namespace }: EntryName): string[] {
  return namespace === '' ? [stream] : [stream, `${namespace}.${stream}`];
}

/** The name, and what follows each of its dots. */
function endings(name: string): string[] {
  const parts = name.split('.');
  return parts.map((_, at) => parts.slice(at).join('.'));
}

function cycles(entries: readonly Placed[]): MappingFault[] {
  const streams = entries.map(({ entry: { stream: name, namespace } }) => ({ name, namespace }));
  const { parents } = resolveNames(
    streams,
    entries.map(({ entry }) => entry.load_after),
  );
  const left = [...parents];
  const faults: MappingFault[] = [];
  for (let cycle = cycleIn(left); cycle && faults.length < mostCycles; cycle = cycleIn(left)) {
    const [first = 0] = cycle;
    const text = `forms a cycle: ${cycleText(cycle, streams)}: remove one of these names from "Load After"`;
    faults.push({ path: `${entries[first]?.path}/load_after`, text });
    left[first] = [];
  }
  return faults;
}

function spacedColumns({ path, entry }: Placed): MappingFault[] {
  return entry.fields.flatMap(({ column }, at) => {
    const bare = trimmed(column);
    const text = `${quote(column)} has white space at an end: write ${quote(bare)} unless the column is named so`;
    return faultAt(`${path}/fields/${at}/column`, bare === column ? undefined : text);
  });
}

function crossedHints({ path, entry }: Placed): MappingFault[] {
  return crossedFields(entry).map((each) => ({ path: `${path}${each.path}`, text: `${each.start}${each.text}` }));
}

/** Two columns, each mapped to the field that has the name of the other: the first of them. */
export function crossedFields(entry: StreamEntry): (Omit<Listed, keyof FieldMapping> & { text: string })[] {
  const listed = listedIn({ path: '', entry });
  const byColumn = new Map(listed.map((mapping, at) => [lettersOf(mapping.column), { ...mapping, at }]));
  return listed.flatMap(({ column, field, ...place }, at) => {
    const other = byColumn.get(lettersOf(field));
    if (!other || other.at <= at || lettersOf(other.field) !== lettersOf(column)) return [];
    const text = `looks crossed with ${other.name}: column ${quote(column)} goes to field ${quote(field)}, and column ${quote(other.column)} to field ${quote(other.field)}`;
    return [{ ...place, text }];
  });
}

function lettersOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/__gc$/, '')
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** Faults whose paths follow that of their entry. */
function within(path: string): (fault: MappingFault) => MappingFault {
  return (fault) => ({ ...fault, path: `${path}${fault.path}` });
}

function faultAt(path: string, text: string | undefined): MappingFault[] {
  return text === undefined ? [] : [{ path, text }];
}

function quote(name: string): string {
  return nameList([name]);
}
