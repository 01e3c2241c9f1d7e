/** Laws of how a sync ends, what it leaves on disk, and what it prints. */
import { type CheckedExchange, checkExchange } from '../support/contract.ts';
import type { ReferenceStream } from '../support/reference.ts';
import type { SyncResult } from '../support/sync.ts';
import { codesOf } from '../support/sync.ts';
import { holdsAccessKey } from '../support/tenant.ts';
import type { Law, Laws } from './law.ts';

/** The sync ends as the case and the fixture allow: successfully, stopped, or with one of their codes. */
const endsAsAllowed: Law = ({ fixture, allowed: mayEnd, run, reference }) => {
  const hasInsert = reference.streams.some(({ operation }) => operation === 'INSERT');
  const { ends = [], insertEnds = [], insertRaceEnds = [], mayStop = false } = mayEnd;
  const expected: (string | undefined)[] = [...ends, ...(hasInsert ? insertEnds : [])];
  const allowed = [...expected, ...(hasInsert ? insertRaceEnds : [])];
  const codes = codesOf(run);
  if (run.end === 'stopped') return mayStop ? [] : ['stopped by nobody'];
  if (run.end === 'done') return fixture.fails === undefined || expected.length > 0 ? [] : ['it ends well'];
  return codes
    .filter((code) => code !== fixture.fails && !allowed.includes(code))
    .map((code) => `${code}: ${run.traces}`);
};

/** Exactly one TRACE on failure, otherwise none. */
const oneTrace: Law = ({ run }) => {
  const wanted = run.end === 'failed' ? 1 : 0;
  return run.traces.length === wanted ? [] : [`${run.traces.length} traces, end: ${run.end}`];
};

/**
 * The access key is printed nowhere; values of rows other than keys are in no line except the states, in no file name,
 * and not in the report.
 */
const nothingLeaks: Law = ({ run, reference, kept }) => {
  const reported = run.messages.flatMap(({ type, log, trace }) => {
    if (type === 'LOG') return [`${log.message}`];
    if (type !== 'TRACE') return [];
    const { message: text, internal_message = '', stack_trace = '' } = trace.error;
    return [`${text}`, `${internal_message}`, `${stack_trace}`];
  });
  const names = [...run.sandbox.calls.map(({ fileName = '' }) => fileName), ...kept];
  // A row may have the very time of the sync.
  const report = run.report?.replace(/"\w+_at": "[^"]*"/g, '') ?? [];
  const all = reported.concat(names, report).join('\n');
  const leaked = new Set(reference.streams.flatMap(secretsOf).filter((value) => all.includes(value)));
  const everything = run.lines.concat(names, run.report ?? []);
  return [
    ...leaked,
    ...(everything.some(isMarked) ? ['a marked value'] : []),
    ...(everything.some(holdsAccessKey) ? ['the access key'] : []),
  ];
};

/** The spool is removed, and after a successful end no file of rows was left in it. */
const nothingIsLeft: Law = ({ run }) => [...run.leftovers, ...(run.end === 'done' ? unsentOf(run) : [])];

/** Only for a sync in this process the spool can be inspected before it is removed. */
function unsentOf(run: SyncResult & { readonly unsent?: readonly string[] }): readonly string[] {
  return run.unsent ?? [];
}

/** Every call conforms to the API's description. */
const callsAreTheContracts: Law = ({ run }) =>
  run.exchanges.flatMap((exchange) => {
    try {
      checkExchange(exchange as CheckedExchange);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });

/** Texts that only Gainsight may receive: longer cells that are neither a key nor a name. */
function secretsOf({ records, fields, keyFields, label, object }: ReferenceStream): string[] {
  const keyColumns = keyFields.map((field) => fields.indexOf(field));
  const keys = new Set(records.flatMap(({ cells }) => keyColumns.map((column) => cells[column])));
  const names = `${fields} ${label} ${object}`;
  const cells = records.flatMap(({ cells }) => cells).filter((cell) => cell !== null);
  return cells.filter((cell) => isMarked(cell) || (cell.length >= 8 && !keys.has(cell) && !names.includes(cell)));
}

/** Fixtures mark with it values that must not be printed, even short ones. */
function isMarked(cell: string): boolean {
  return cell.includes('CANARY');
}

/** By their statement. */
export const lawsOfEnds: Laws = {
  'it ends as allowed': endsAsAllowed,
  'one TRACE on failure, otherwise none': oneTrace,
  'nothing leaks': nothingLeaks,
  'nothing is left on disk': nothingIsLeft,
  'calls conform to the contract': callsAreTheContracts,
};
