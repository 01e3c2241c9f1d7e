/** The file beside each reject file that says how its rows are loaded again: object, operation, keys and columns. */
import type { Column, Lookup, Plan } from '../../model.ts';

/** The content of a `.plan.json`. */
export interface PlanFile {
  /** The version of this format. */
  readonly version: 1;
  /** The stream of the rows. */
  readonly stream: { readonly name: string; readonly namespace: string | null };
  readonly object: string;
  readonly operation: Plan['operation'];
  readonly key_fields: readonly string[];
  /** Gainsight fields in the order of the columns; the reject file has its reason columns after these. */
  readonly fields: readonly string[];
  /** `values.null_text`: an unquoted cell with this text has no value. */
  readonly null_text: string;
  /** When the first of the rows was rejected, by the clock of the sync, as ISO 8601 in UTC. Earlier builds wrote none. */
  readonly rejected_at?: string;
  /** As the stream's; absent: files of the Bulk API. */
  readonly route?: NonNullable<Plan['route']>;
  /** The operation was INSERT by keys: records that exist stay as they are. */
  readonly adds_only?: true;
  readonly lookups?: readonly Lookup[];
}

/** The columns of a reject file after those of the plan: why Gainsight or the connector rejected the row. */
export const reasonColumns: readonly string[] = ['_reject_field', '_reject_reason', '_reject_sure'];

/** The name of the plan file that belongs to a CSV file: `x.rejects.csv` has `x.rejects.plan.json`. */
export function planFileName(csvFile: string): string {
  return csvFile.replace(/\.csv$/i, '.plan.json');
}

/** The parts of a plan that its file has. */
type PlanOfFile = Pick<Plan, 'stream' | 'object' | 'operation' | 'keyFields' | 'route' | 'addsOnly' | 'lookups'> & {
  readonly columns: readonly Pick<Column, 'field'>[];
};

/** What a plan file says besides the plan. */
export interface PlanFacts {
  /** `values.null_text`. */
  readonly nullText: string;
  /** When the first of the rows was rejected, in milliseconds since 1970. */
  readonly rejectedAt: number;
}

/** The plan file's text. */
export function planFileText(
  { stream, object, operation, keyFields, columns, route, addsOnly, lookups }: PlanOfFile,
  { nullText, rejectedAt }: PlanFacts,
): string {
  const content: PlanFile = {
    version: 1,
    stream: { name: stream.name, namespace: stream.namespace ?? null },
    ...{ object, operation },
    key_fields: keyFields,
    fields: columns.map(({ field }) => field),
    null_text: nullText,
    rejected_at: new Date(rejectedAt).toISOString(),
    ...(route && { route }),
    ...(addsOnly && { adds_only: true }),
    ...(lookups && { lookups }),
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/** The content of a plan file; undefined if the text is none that this version understands. */
export function parsePlanFile(text: string): PlanFile | undefined {
  let value: Partial<PlanFile> | null;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, '')) as Partial<PlanFile> | null;
  } catch {
    return undefined;
  }
  const { version, stream, object, operation, key_fields, fields, null_text } = value ?? {};
  const hasTexts = [stream?.name, object, null_text].every((text) => typeof text === 'string');
  const isKnown = operation === 'INSERT' || operation === 'UPDATE' || operation === 'UPSERT';
  if (version !== 1 || !hasTexts || !isKnown || !areTexts(key_fields) || !areTexts(fields)) return undefined;
  const isMatched = (operation === 'INSERT') === (key_fields.length === 0);
  const isSound = isMatched && key_fields.every((key) => fields.includes(key)) && hasKnownRoute(value ?? {});
  return isSound ? (value as PlanFile) : undefined;
}

/** What is not understood must not be loaded by another route. */
function hasKnownRoute({ route, adds_only, lookups = [] }: Partial<PlanFile>): boolean {
  const isKnown = route === undefined || route === 'object_api' || route === 'auto';
  if (!isKnown || !Array.isArray(lookups)) return false;
  const isByCalls = route === 'object_api' || (adds_only === undefined && lookups.length === 0);
  return isByCalls && lookups.every(({ field, object, matchField }) => areTexts([field, object, matchField]));
}

/** When the first of the rows was rejected, in milliseconds since 1970; undefined if the plan file does not say it. */
export function rejectedAtOf({ rejected_at }: PlanFile): number | undefined {
  const at = typeof rejected_at === 'string' ? Date.parse(rejected_at) : Number.NaN;
  return Number.isFinite(at) ? at : undefined;
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
