/** Laws of how a sync ends, and of what it leaves and lets out. */
import { type CheckedExchange, checkExchange } from '../support/contract.ts';
import type { ReferenceStream } from '../support/reference.ts';
import { accessKey } from '../support/run_write.ts';
import { codesOf, type Law } from './law.ts';

/** The sync ends as the case and the fixture allow: well, stopped, or by one of their codes. */
const endsAsAllowed: Law = ({ fixture, faults, run, reference }) => {
  const hasInsert = reference.streams.some(({ operation }) => operation === 'INSERT');
  const { ends = [], insertEnds = [], insertRaceEnds = [] } = faults;
  const expected: (string | undefined)[] = [...ends, ...(hasInsert ? insertEnds : [])];
  const allowed = [...expected, ...(hasInsert ? insertRaceEnds : [])];
  const codes = codesOf(run);
  if (run.end === 'stopped') return faults.stopAt ? [] : ['stopped by nobody'];
  if (run.end === 'done') return fixture.fails === undefined || expected.length > 0 ? [] : ['it ends well'];
  return codes
    .filter((code) => code !== fixture.fails && !allowed.includes(code))
    .map((code) => `${code}: ${run.traces}`);
};

/** Exactly one TRACE on failure, none else. */
const oneTrace: Law = ({ run }) => {
  const wanted = run.end === 'failed' ? 1 : 0;
  return run.traces.length === wanted ? [] : [`${run.traces.length} traces, end: ${run.end}`];
};

/** The access key is nowhere; what rows hold beside their keys is in no line but the states, and in no file's name. */
const nothingLeaks: Law = ({ run, reference, kept }) => {
  const reported = run.messages.flatMap((message) => {
    if (message.type === 'LOG') return [message.log.message];
    if (message.type !== 'TRACE') return [];
    const { message: text, internal_message = '', stack_trace = '' } = message.trace.error;
    return [text, internal_message, stack_trace];
  });
  const names = [...run.sandbox.calls.map(({ fileName = '' }) => fileName), ...kept];
  const all = reported.concat(names).join('\n');
  const leaked = new Set(reference.streams.flatMap(secretsOf).filter((value) => all.includes(value)));
  return [...leaked, ...(run.lines.concat(names).some((text) => text.includes(accessKey)) ? ['the access key'] : [])];
};

/** The spool is gone, and after a good end no file of rows was left in it. */
const nothingIsLeft: Law = ({ run }) => [...run.leftovers, ...(run.end === 'done' ? run.unsent : [])];

/** Every call is one of the API's description. */
const callsAreTheContracts: Law = ({ run }) =>
  run.exchanges.flatMap((exchange) => {
    try {
      checkExchange(exchange as CheckedExchange);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });

/** Texts that nobody but Gainsight may be told: cells of some length that are no key, and no name. */
function secretsOf({ records, fields, keyFields, label, object }: ReferenceStream): string[] {
  const keyColumns = keyFields.map((field) => fields.indexOf(field));
  const keys = new Set(records.flatMap(({ cells }) => keyColumns.map((column) => cells[column])));
  const names = `${fields} ${label} ${object}`;
  const cells = records.flatMap(({ cells }) => cells).filter((cell) => cell !== null);
  return cells.filter((cell) => isMarked(cell) || (cell.length >= 8 && !keys.has(cell) && !names.includes(cell)));
}

/** Fixtures mark with it what must not be told, also where it is short. */
function isMarked(cell: string): boolean {
  return cell.includes('CANARY');
}

/** By what they say. */
export const lawsOfEnds: Readonly<Record<string, Law>> = {
  'it ends as it may': endsAsAllowed,
  'one TRACE on failure, none else': oneTrace,
  'nothing leaks': nothingLeaks,
  'nothing is left': nothingIsLeft,
  'calls are those of the contract': callsAreTheContracts,
};
