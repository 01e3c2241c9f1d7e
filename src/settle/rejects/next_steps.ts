/** What to do about rejected rows, by the words of their reason. */

import type { Plan } from '../../model.ts';
import type { RejectGroup } from './reject_groups.ts';

/** In place of a field that the log may not name. */
const unknownField = '…';

const lacksValue = /\bGSOBJ_1007\b|\bnull value\b|\bmandatory\b|\brequired\b|\bmust not be (?:empty|null|blank)\b/i;

/**
 * The first that fits decides: a code says less than the words beside it. Reasons are Gainsight's, with the codes of
 * `gainsight/error_codes.ts`, or the connector's own.
 */
const steps: readonly (readonly [reason: RegExp, step: string])[] = [
  [
    /\bkey field has no value|cut the key field short/,
    'fill the key column at the source, or choose other "Key Fields" in the entry of the stream',
  ],
  [/REPLICA IDENTITY FULL|Java object/, 'do at the source what the reason says, then have it send these rows again'],
  [/\bsource could not read\b/, 'see the log of the source, which could not read the value, and correct the row there'],
  [
    /larger than a file|longer than (?:32 MB|a megabyte)/,
    'shorten the row at the source, or leave out its longest column',
  ],
  [/\bempty line is no row\b/, 'remove the empty row at the source'],
  [
    /\blist contains the list separator\b/,
    'choose a "Values: List Separator" that no element of a list contains, if Gainsight accepts it',
  ],
  [/\bexponent beyond\b/, 'correct the number at the source'],
  [/\bnot named by Gainsight\b/, 'look for these rows in Gainsight: the whole file is kept'],
  [
    /\bGSOBJ_1012\b|\bdropdown|\bpicklist/i,
    'correct the value at the source, or add it to the dropdown list of the field in Gainsight',
  ],
  [
    /\bGSOBJ_1001\b|\b(?:longer|too long)\b|\bexceed\w*\b.*\b(?:length|characters)\b|\bmax(?:imum)?\b.*\blength\b/i,
    'shorten the text at the source, or raise the length of the field in Gainsight',
  ],
  [lacksValue, 'fill the column at the source, or make the field optional in Gainsight'],
  [
    /\bGSOBJ_1004\b|\bgsids?\b|\blookup\b/i,
    'load the object that the field refers to first ("Load After"), and send the id that Gainsight has for it',
  ],
  [
    /\b(?:GS_3229|GSOBJ_100[56])\b|\bdate(?:-?time)?\b/i,
    'correct the date at the source, or choose another "Values: Date-Time Format"',
  ],
  [/\bGS_3232\b|\bboolean\b/i, 'correct the value at the source, or choose another "Values: Boolean Format"'],
  [
    /\bGS_3231\b|\bnumeric\b|\binteger\b|\bof type NUMBER\b|\b(?:no|not a) number\b/i,
    'correct the number at the source, or map the column to a field of another type',
  ],
  [/\bGS_3235\b/, 'remove what looks like HTML or a script from the text at the source'],
  [
    /\bGSOBJ_1011\b|\bno (?:record|entity|row)\b.*\b(?:match|found)/i,
    'create these records in Gainsight, or use UPSERT, which adds those that are missing',
  ],
  [/\bduplicate/i, 'have the source send one row for each key, or correct "Key Fields"'],
  [
    /\bGSOBJ_100[28]\b|\bdata ?type\b|\bof type\b|\bnot valid\b|\binvalid\b/i,
    'correct the value at the source, or map the column to a field of its type',
  ],
  [
    /\bGS_(?:3203|3210|3254|3255)\b|\bread[- ]?only\b|\bnot (?:writable|updateable)\b/i,
    'correct "Fields" in the entry of the stream: this field cannot be written so',
  ],
  [
    /\b(?:GSOBJ_1003|GU_1101)\b|\bserver error\b|\bdatabase (?:error|failure)\b/i,
    'load these rows again: the failure was one of Gainsight itself',
  ],
  [/\bpermission|\bnot allowed to\b/i, 'give the user of the access key the right to write this in Gainsight'],
];

const otherwise = 'correct the rows at the source, so that it sends them again';

/**
 * What a person can do about rejected rows.
 * @param group its reason as logged: without values of rows
 */
export function nextStep(
  { field, reason }: Pick<RejectGroup, 'field' | 'reason'>,
  plan: Pick<Plan, 'columns'>,
): string {
  const step = steps.find(([pattern]) => pattern.test(reason));
  if (!step) return otherwise;
  const unmapped = step[0] === lacksValue ? unmappedOf(field, plan) : [];
  return unmapped.length === 0
    ? step[1]
    : `map a column to ${unmapped.join(', ')} ("Fields" in the entry of the stream), or make the field optional in Gainsight`;
}

/** Those of the fields that a reason names to which no column goes. */
function unmappedOf(fields: string | undefined, { columns }: Pick<Plan, 'columns'>): string[] {
  const mapped = new Set(columns.map(({ field }) => field.toLowerCase()));
  return (fields?.split(', ') ?? []).filter((field) => field !== unknownField && !mapped.has(field.toLowerCase()));
}

/** The command that loads a corrected file of rejected rows. */
export function loadCommand(address: string): string {
  return `destination-gainsight load ${/^[\w./:-]+$/.test(address) ? address : JSON.stringify(address)} --config FILE`;
}
