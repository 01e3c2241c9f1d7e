/** Gainsight's error codes: what each means, and what follows from some of them. */

const meanings: Readonly<Record<string, string>> = {
  GS_APIG_1000: 'there is no such path on this tenant',
  GS_APIG_2401: 'the sign-in is not accepted',
  GS_APIG_2402: 'the address of the connector is not on the allow list',
  GS_APIG_2404: 'too many calls',
  GS_2401: 'the sign-in is not accepted',
  GS_3203: 'a column is not a field of the object',
  GS_3210: 'the columns do not fit the object',
  GS_3229: 'a date cannot be read',
  GS_3231: 'a number cannot be read or is out of range',
  GS_3232: 'a boolean cannot be read',
  GS_3235: 'the content is considered harmful',
  GS_3250: 'the file is not valid',
  GS_3252: 'the file has no header',
  GS_3254: 'a column is in the header twice',
  GS_3255: 'a formula field cannot be written',
  GS_7571: 'the file has no rows',
  GSOBJ_1001: 'a text is longer than its field takes',
  GSOBJ_1002: 'a value does not fit the type of its field',
  GSOBJ_1003: 'a failure of the database of Gainsight',
  GSOBJ_1004: 'a GSID is missing or not valid',
  GSOBJ_1005: 'a date-time cannot be read',
  GSOBJ_1006: 'a date cannot be read',
  GSOBJ_1007: 'a field that must have a value has none',
  GSOBJ_1008: 'a value is not allowed by the type of its field',
  GSOBJ_1011: 'no record matches',
  GSOBJ_1024: 'the authorization headers are not valid',
  GU_1101: 'a failure of Gainsight',
  GU_2400: 'too many calls',
};

/** A code within a text, known or not: one of Gainsight's prefixes and three to five digits. */
export const codePattern = /\b(?:GS(?:_APIG|OBJ(?:_ESS)?)?|GU)_\d{3,5}\b/;

const wholeCode = new RegExp(`^${codePattern.source}$`);

/** A code alone, as in `errorCode`; undefined for anything of another form. */
export function codeOf(value: unknown): string | undefined {
  return typeof value === 'string' && wholeCode.test(value) ? value : undefined;
}

/** What a code means, in our words; undefined for an unknown one. */
export function meaningOf(code: string): string | undefined {
  return Object.hasOwn(meanings, code) ? meanings[code] : undefined;
}

/** Whether a code is the gateway's "no such route": the tenant lacks the whole API, whatever the object. */
export function isMissingPath(code: string | undefined): boolean {
  return code === 'GS_APIG_1000';
}

/** Whether a code means that too many calls were made, whatever its HTTP status. */
export function isRateLimit(code: string | undefined): boolean {
  return code === 'GS_APIG_2404' || code === 'GU_2400';
}

const ownFaultCodes = /\b(?:GSOBJ_1003|GU_1101)\b/;
const ownFaultWords =
  /\bHTTP 5\d\d\b|\b(?:internal (?:server )?error|server error|service (?:temporarily )?unavailable|bad gateway|gateway time-?out|database (?:failure|error)|temporarily unavailable)\b/i;
const quotedText = /"[^"]*"|'[^']*'/g;

/** Whether an error is a failure of Gainsight itself, so that the same file may be loaded later. */
export function isFaultOfGainsight(message: string | undefined): boolean {
  const words = (message ?? '').replace(quotedText, '');
  return ownFaultCodes.test(words) || ownFaultWords.test(words);
}
