/**
 * Parses the connector's log lines: the one place in the integration tests that depends on their wording. A text is a
 * LOG's message after its level, as in `INFO Plan: …`; {@link logOf} gets it from a line of standard output.
 */

/** The outcomes of records, as a line counts them. */
export interface LoggedCounts {
  readonly records: number;
  readonly accepted: number;
  readonly superseded: number;
  readonly skipped: number;
  readonly rejected: number;
  readonly unsettled: number;
}

/** The end of a line about a job, if known. */
export interface LoggedReference {
  readonly fileName: string | undefined;
  /** Gainsight's id of the request. */
  readonly requestId: string | undefined;
}

/** The content of each kind of line. */
export interface LogLines {
  /** What is about to be sent. */
  readonly plan: {
    /** When the last file may be sent, `2026-01-05 09:00`; undefined if nothing waits for quota. */
    readonly expectedEnd: string | undefined;
  };
  readonly submitted: LoggedReference & {
    readonly job: string;
    readonly stream: string;
    /** Why the file was closed. */
    readonly reason: string;
    /** Number of calls. */
    readonly leftThisHour: number;
  };
  /** An earlier attempt submitted the job. */
  readonly takenOver: LoggedReference & { readonly job: string; readonly stream: string };
  readonly progress: LoggedReference & { readonly job: string; readonly stream: string };
  readonly completed: LoggedReference & { readonly job: string; readonly accepted: number; readonly rejected: number };
  /** Several jobs that ended without a rejected row. */
  readonly jobGroup: {
    readonly jobs: number;
    readonly first: string;
    readonly last: string;
    readonly accepted: number;
  };
  /** Gainsight does not answer, and is asked again. */
  readonly unanswered: { readonly tries: number; readonly words: string };
  readonly quotaWait: {
    /** `2026-01-05 10:00`; undefined while calls in progress take the place. */
    readonly until: string | undefined;
    /** The duration of the wait as text. */
    readonly duration: string | undefined;
    readonly why: 'hour' | 'day' | 'reserved' | 'refused';
    /** Calls of other clients among those that fill the window. */
    readonly others: number;
    /** Number of files that have their outcome, and of all closed ones. */
    readonly done: number;
    readonly of: number;
    /** When the last file may be sent, `2026-01-05 09:00`; undefined while the input is read. */
    readonly expectedEnd: string | undefined;
    /** Files, rows and bytes not sent yet, as text; undefined if all are sent. */
    readonly toSend: string | undefined;
  };
  readonly rejectedRow: {
    readonly stream: string;
    readonly object: string;
    readonly job: string | null;
    readonly row: number;
    readonly row_sure: boolean;
    readonly key: Readonly<Record<string, string | null>>;
    readonly field: string | null;
    readonly reason: string;
    /** Number of records that the row stands for. */
    readonly records: number;
    readonly data?: Readonly<Record<string, string | null>>;
  };
  /** Rejected rows of one job beyond those that are logged one by one. */
  readonly rejectedKeys: {
    readonly stream: string;
    readonly object: string;
    readonly job: string | null;
    readonly count: number;
    readonly key_fields?: readonly string[];
    readonly keys?: readonly (readonly (string | null)[])[];
  };
  /**
   * Rejected rows of a stream with one reason. `job` is undefined if the connector itself or the object API rejected
   * them.
   */
  readonly rejectedGroup: {
    readonly stream: string;
    readonly object: string;
    readonly job: string | undefined;
    readonly rows: number;
    /** The reason, samples, and what to do. */
    readonly what: string;
  };
  /** Where rejected rows of a stream are kept. */
  readonly keptRows: { readonly stream: string; readonly rows: number; readonly address: string };
  /** There is no such place. */
  readonly rowsNotKept: { readonly rows: number };
  /** Explains `row_sure`. */
  readonly unsureRows: object;
  /** The job rejected rows without naming them. */
  readonly unnamedRows: { readonly job: string; readonly rows: number };
  /** The same, if it ends the stream. */
  readonly unprovenJob: { readonly job: string };
  /** A stream has more rejected rows than allowed. */
  readonly rejectLimit: { readonly stream: string };
  /** A warning or failure about one job: from then on the connector may stop waiting for it. */
  readonly jobProblem: { readonly job: string };
  /** The disk space for waiting rows is used up. */
  readonly spoolFull: object;
  /** Because the disk is full, streams no longer wait for their parents. */
  readonly orderLifted: object;
  /** One stream's summary. */
  readonly summary: LoggedCounts & { readonly stream: string; readonly object: string; readonly operation: string };
  /** The sync at the end. */
  readonly total: LoggedCounts & { readonly streams: number; readonly states: number };
}

type Kind = keyof LogLines;

const waitReasons = {
  hour: 'all calls of this hour are used',
  day: 'all calls of this day are used',
  reserved: 'the remaining calls of this day are reserved for others',
  refused: 'Gainsight answered that too many calls were made',
} as const satisfies Record<LogLines['quotaWait']['why'], string>;

const readers: { readonly [K in Kind]: (text: string) => LogLines[K] | undefined } = {
  plan: (text) =>
    /^INFO Plan: /.test(text) ? { expectedEnd: / · expected end (\S+ \S+) UTC$/.exec(text)?.[1] } : undefined,
  submitted: ofJob(
    /^INFO Job (\S+) submitted: (.*?) → .* by \w+, [\d,]+ rows?, .* \((.+)\) · ([\d,]+) calls? left this hour, [\d,]+ today$/s,
    ([job, stream, reason, left]) => ({ job, stream, reason, leftThisHour: numberOf(left) }),
  ),
  takenOver: ofJob(
    /^INFO Job (\S+) taken over: (.*?) → .*, [\d,]+ rows?; it was submitted before$/s,
    ([job, stream]) => ({ job, stream }),
  ),
  progress: ofJob(/^INFO Job (\S+) \((.*?) → .*\): .*, next check in [^,]*$/s, ([job, stream]) => ({ job, stream })),
  completed: ofJob(
    /^INFO Job (\S+) \(.* → .*\) done(?: after .+)?: ([\d,]+) rows? accepted, ([\d,]+) rejected$/s,
    ([job, accepted, rejected]) => ({ job, accepted: numberOf(accepted), rejected: numberOf(rejected) }),
  ),
  jobGroup: by(
    /^INFO (?:Job (\S+)|([\d,]+) jobs from (\S+) to (\S+)) done: ([\d,]+) rows? accepted, 0 rejected · [\d,]+ of /s,
    ([only, jobs, first, last, accepted]) => ({
      jobs: numberOf(jobs || '1'),
      first: first || only,
      last: last || only,
      accepted: numberOf(accepted),
    }),
  ),
  unanswered: by(
    /^WARN Gainsight has given no usable answer for .*? \(tried ([\d,]+) times?; the last time: (.*)\); the connector tries until /s,
    ([tries, words]) => ({ tries: numberOf(tries), words }),
  ),
  quotaWait: readWait,
  rejectedRow: (text) => {
    const found = jsonBehind<Omit<LogLines['rejectedRow'], 'records'>>('WARN rejected row ', text);
    return found && { records: 1, ...found };
  },
  rejectedKeys: (text) => jsonBehind('WARN rejected rows ', text),
  rejectedGroup: by(
    /^WARN (.*?) → (.*?): ([\d,]+) rows? (?:rejected before sending|rejected by the object API|rejected by job (\S+)): (.*)$/s,
    ([stream, object, rows, job, what]) => ({ stream, object, job: job || undefined, rows: numberOf(rows), what }),
  ),
  keptRows: by(
    /^WARN (.*?) → .*?: ([\d,]+) rejected rows? kept in (.*)\. (?:Correct that file|The stream was not loaded to its end)/s,
    (parts) => {
      const [stream, rows, address] = parts;
      return { stream, rows: numberOf(rows), address };
    },
  ),
  rowsNotKept: by(/^WARN ([\d,]+) rejected rows? kept nowhere/, ([rows]) => ({ rows: numberOf(rows) })),
  unsureRows: by(/^WARN Rejected rows with "row_sure":false: /, () => ({})),
  unnamedRows: by(/^WARN Job (\S+) does not name ([\d,]+) of /, ([job, rows]) => ({ job, rows: numberOf(rows) })),
  unprovenJob: by(/Job (\S+) on .* of them are not named in its errors/, ([job]) => ({ job })),
  rejectLimit: by(/rows of (.*) were rejected; /, ([stream]) => ({ stream })),
  jobProblem: by(/Job (\S+) on /, ([job]) => ({ job })),
  spoolFull: by(/^WARN The \d+ MB for waiting rows are full/, () => ({})),
  orderLifted: by(
    /^WARN The disk for waiting rows is full: streams no longer wait for those that they load after/,
    () => ({}),
  ),
  summary: by(/^INFO (.*?) → (.*?) by (UPSERT|INSERT|UPDATE)(?: \(by keys\))?: ([\d,]+ records?: .*)$/s, (parts) => {
    const [stream, object, operation, counts] = parts;
    return { stream, object, operation, ...countsIn(counts) };
  }),
  total: by(
    /^INFO Total of ([\d,]+) streams? in .*?: ([\d,]+ records?: .*) · ([\d,]+) states? released$/s,
    ([streams, counts, states]) => ({ streams: numberOf(streams), states: numberOf(states), ...countsIn(counts) }),
  ),
};

/** Parses a text of this kind; undefined if it is of another. */
export function readLog<K extends Kind>(kind: K, text: string): LogLines[K] | undefined {
  return readers[kind](text);
}

/** Parses all texts of this kind, in order. */
export function readLogs<K extends Kind>(kind: K, logs: readonly string[]): LogLines[K][] {
  return logs.flatMap((text) => readers[kind](text) ?? []);
}

/** The level and text of a LOG line of standard output; undefined for any other line. */
export function logOf(line: string): string | undefined {
  if (!line.includes('"type":"LOG"')) return undefined;
  const { type, log } = JSON.parse(line) as { type: string; log: { level: string; message: string } };
  return type === 'LOG' ? `${log.level} ${log.message}` : undefined;
}

/** Parses a line of standard output if it is a LOG of this kind. */
export function readLine<K extends Kind>(kind: K, line: string): LogLines[K] | undefined {
  const text = logOf(line);
  return text === undefined ? undefined : readers[kind](text);
}

/** Whether a text is about rejected rows. */
export function isAboutRejects(text: string): boolean {
  return kindsAboutRejects.some((kind) => readers[kind](text) !== undefined);
}

const kindsAboutRejects = [
  ...(['rejectedRow', 'rejectedKeys', 'rejectedGroup', 'keptRows', 'rowsNotKept', 'unsureRows'] as const),
];

/** Whether a text is about values that do not fit the tenant's metadata, as the sandbox describes its own rules. */
export function isAboutValues(text: string): boolean {
  return /^WARN .* → .*: .* in [\d,]+ of [\d,]+ records?: the (value|text|number) /.test(text);
}

/** The groups of a match; one that did not take part is empty. */
type Groups = [string, string, string, string, string];

function by<T>(pattern: RegExp, read: (groups: Groups) => T): (text: string) => T | undefined {
  return (text) => {
    const found = pattern.exec(text);
    if (!found) return;
    const [, one = '', two = '', three = '', four = '', five = ''] = found;
    return read([one, two, three, four, five]);
  };
}

/** A line about a job: parses the beginning by the pattern, and the reference at the end. */
function ofJob<T>(pattern: RegExp, read: (groups: Groups) => T): (text: string) => (T & LoggedReference) | undefined {
  const readStart = by(pattern, read);
  return (text) => {
    const [, start = '', fileName, requestId] =
      /^(.*?)(?: · file (\S+))?(?: · request ([\da-fA-F-]{16,64}))?$/s.exec(text) ?? [];
    const found = readStart(start);
    return found && { ...found, fileName, requestId };
  };
}

function readWait(text: string): LogLines['quotaWait'] | undefined {
  const pattern =
    /^INFO Waiting (?:until (\S+ \S+) UTC \(in (.*?)\)|for calls in progress): (.*?)(?:, ([\d,]+) of them by others)? · ([\d,]+) of ([\d,]+) files? done(?: \(\d+ %\))? · (?:still to send: (.*?)|all files are sent)(?: · expected end (\S+ \S+) UTC)?$/;
  const found = pattern.exec(text);
  if (!found) return undefined;
  const [, until, duration, words, others, done, of, toSend, expectedEnd] = found;
  const why = (Object.keys(waitReasons) as (keyof typeof waitReasons)[]).find((each) => waitReasons[each] === words);
  if (why === undefined) throw new Error(`a wait for a reason that is not known: ${text}`);
  const counts = { others: numberOf(others ?? '0'), done: numberOf(done ?? ''), of: numberOf(of ?? '') };
  return { until, duration, why, ...counts, toSend, expectedEnd };
}

function jsonBehind<T>(start: string, text: string): T | undefined {
  return text.startsWith(`${start}{`) ? (JSON.parse(text.slice(start.length)) as T) : undefined;
}

/** `12 records: 10 accepted, 2 rejected · …` */
function countsIn(text: string): LoggedCounts {
  const [results = ''] = text.split(' · ', 1);
  const count = (noun: string) => numberOf(new RegExp(`([\\d,]+) ${noun}`).exec(results)?.[1] ?? '0');
  return {
    records: count('records?:'),
    accepted: count('accepted'),
    superseded: count('superseded'),
    skipped: count('skipped'),
    rejected: count('rejected'),
    unsettled: count('not loaded') + count('unknown'),
  };
}

function numberOf(text: string): number {
  return Number(text.replaceAll(',', ''));
}
