/** The options of a sandbox: rules, speed and limits, with their defaults. */
import type { Clock } from '../clock.ts';
import { largestFile } from '../gainsight/contract.ts';
import type { Exchange } from './exchange.ts';
import type { FaultScript, ListOrder, RowNumberBase } from './faults.ts';
import { type ObjectOptions, objectDefaults } from './object_options.ts';
import type { OAuthClient } from './tokens.ts';

/** What a field accepts. An empty cell passes every rule except `required`. */
export interface FieldRule {
  /** Null and the empty string are rejected, and a new record must have the field. */
  readonly required?: boolean;
  /** `number`: plain digits; `boolean`: true, false, 1 or 0; `date`: yyyy-MM-dd; `datetime`: a date with a time. */
  readonly type?: 'string' | 'number' | 'boolean' | 'date' | 'datetime';
  /** In characters. */
  readonly maxLength?: number;
  readonly picklist?: readonly string[];
  /** What metadata says besides. */
  readonly described?: DescribedField;
}

/** What metadata says about a field beyond its {@link FieldRule}; it does not change which rows are accepted. */
export interface DescribedField {
  /** Default: the name without `__gc`, with spaces. */
  readonly label?: string;
  /** Default: by the rule's `type`; `PICKLIST` with a picklist, else `STRING`. */
  readonly dataType?: string;
  /** Default: true. */
  readonly createable?: boolean;
  /** Default: true. */
  readonly updateable?: boolean;
  /** Default: false. */
  readonly readOnly?: boolean;
  /** Default: false. */
  readonly formula?: boolean;
  /** Default: false. */
  readonly hidden?: boolean;
  /** Default: false. */
  readonly indexed?: boolean;
  /** Default: none. */
  readonly defaultValue?: string;
  /** Decimal places: 0. */
  readonly decimals?: number;
  /** Labels of items that exist besides those of the picklist, but are no longer accepted. */
  readonly inactive?: readonly string[];
  /** The items are missing from the description, and are only found by their category. */
  readonly optionsByCategory?: boolean;
  /** The objects that a lookup refers to. */
  readonly lookup?: readonly string[];
}

/** How a tenant writes dates. */
export type DateStyle = 'iso' | 'local' | 'date' | 'epoch' | 'words';

/**
 * How file names are returned: in lower or upper case, with a path before them, with a space and a suffix after them,
 * cut to 32 characters, or not at all.
 */
export type NameStyle = 'as_sent' | 'lower' | 'upper' | 'path' | 'suffix' | 'cut_32' | 'missing';

/** How objects are returned: in capitals, or as a label. */
export type ObjectNameStyle = 'as_sent' | 'upper' | 'label';

/** An object of the tenant: a file with any other field FAILs. */
export interface ObjectRules {
  readonly fields: Readonly<Record<string, FieldRule>>;
  /** Overrides {@link SandboxOptions.keepRows} for this object. */
  readonly keepRows?: boolean;
  /** In metadata. Default: the name without `__gc`, with spaces. */
  readonly label?: string;
  /** In metadata. Default: `CUSTOM` for a name that ends in `__gc`, else `STANDARD`. */
  readonly objectType?: 'STANDARD' | 'CUSTOM' | 'SYSTEM';
  /** In metadata. Default: true. */
  readonly createable?: boolean;
  /** In metadata. Default: false. */
  readonly multiCurrency?: boolean;
  /** In metadata the key sees the object without its fields. Default: false. */
  readonly hidesFields?: boolean;
}

/**
 * How metadata answers about an object that the tenant does not have: it is missing from the described ones, or the
 * whole call fails with an HTTP status, or with 200 and `result: false`.
 */
export type UnknownObjectStyle = 'absent' | '404' | '400' | 'result_false';

/** Options of a sandbox; all except the clock have defaults. */
export interface SandboxOptions {
  /** Drives jobs, rate windows, dates and the `Date` header. */
  readonly clock: Clock;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Absent: any key that is not empty. */
  readonly accessKey?: string;
  /**
   * The tenant's objects, which are found in any case; a job on any other FAILs. Absent: every object exists and accepts every field, and metadata
   * shows no fields.
   */
  readonly objects?: Readonly<Record<string, ObjectRules>>;
  /** 50,000. */
  readonly rowsPerSecond?: number;
  /** How long a job is PENDING, in seconds: 1. */
  readonly pendingSeconds?: number;
  /** Calls per clock hour of the server: 10. `null`: no limit. */
  readonly callsPerHour?: number | null;
  /** Calls per UTC day of the server: 100. `null`: no limit. */
  readonly callsPerDay?: number | null;
  /** Which calls count: submissions alone, the default, or every call. */
  readonly countedCalls?: 'job_submissions' | 'all_calls';
  /** `Retry-After` of a 429: none, the default, seconds or a date. */
  readonly retryAfter?: 'none' | 'seconds' | 'date';
  /** The server's clock minus `clock`, in milliseconds. */
  readonly clockOffset?: number;
  /** Newest first. */
  readonly listOrder?: ListOrder;
  /** Longer pages are clipped to this many jobs. */
  readonly listPageMax?: number;
  /**
   * How dates are written: `iso`, the default, ends in `Z`; `local` has no zone and follows `zoneOffset`; `date` has no
   * time; `epoch` is a number of milliseconds; `words` cannot be parsed.
   */
  readonly dates?: DateStyle;
  /** How the list and the answers return file names: as sent. */
  readonly names?: NameStyle;
  /** The same for objects. */
  readonly objectNames?: ObjectNameStyle;
  /** The tenant's local time minus UTC, in milliseconds: 0. */
  readonly zoneOffset?: number;
  /** Milliseconds after which a new job is listed. */
  readonly listLag?: number;
  /** 2: the header is row 1. */
  readonly rowNumberBase?: RowNumberBase;
  /**
   * Without rows a file, or a call of the object API, is only checked and counted, and UPDATE finds a record for every
   * row.
   * Default: true.
   */
  readonly keepRows?: boolean;
  /** 80,000,000; larger files are answered with 413. */
  readonly maxFileBytes?: number;
  /** `off`: the tenant has no Bulk API, so that each of its paths answers 404. Default: `on`. */
  readonly bulkApi?: 'on' | 'off';
  /** `off`: the tenant has no metadata API, so that each of its paths answers 404. Default: `on`. */
  readonly metadata?: 'on' | 'off';
  /**
   * Calls of the metadata API per minute of the server's clock, with a count of their own: 100. `null`: no limit. Further
   * ones are answered with 429.
   */
  readonly metadataCallsPerMinute?: number | null;
  /** Default: `absent`. */
  readonly unknownObject?: UnknownObjectStyle;
  /** What becomes of an UPDATE that finds no record, by either API: it is refused, the default, or counts as done. */
  readonly unmatchedUpdate?: 'refused' | 'success';
  /** What becomes of a text that is longer than its field: it is refused, the default, or cut, its last three signs dots. */
  readonly longText?: 'refused' | 'cut';
  /** The status of a job some of whose rows were rejected: `COMPLETED`, the default, or `PARTIAL_SUCCESS`. */
  readonly partialJob?: 'COMPLETED' | 'PARTIAL_SUCCESS';
  /** How the object API answers. */
  readonly objectApi?: Partial<ObjectOptions>;
  /** Who may sign in by a token; absent: the tenant has no such client. */
  readonly oauth?: OAuthClient;
  readonly script?: FaultScript;
  /** Called for every exchange with a response. */
  readonly onExchange?: (exchange: Exchange) => void;
}

/** {@link SandboxOptions} with every default filled in. */
export type Settings = Required<Omit<SandboxOptions, Optional | 'objectApi'>> &
  Pick<SandboxOptions, Optional> & { readonly objectApi: ObjectOptions };

type Optional = 'accessKey' | 'objects' | 'onExchange' | 'listPageMax' | 'oauth';

/** The rules of an object, by its name in any case; undefined if there are none. */
export function rulesOf(object: string, objects: Settings['objects']): ObjectRules | undefined {
  return Object.entries(objects ?? {}).find(([name]) => name.toLowerCase() === object.toLowerCase())?.[1];
}

/** Fills in the defaults. */
export function withDefaults(options: SandboxOptions): Settings {
  return {
    port: 0,
    rowsPerSecond: 50_000,
    pendingSeconds: 1,
    callsPerHour: 10,
    callsPerDay: 100,
    countedCalls: 'job_submissions',
    retryAfter: 'none',
    clockOffset: 0,
    listOrder: 'newest',
    dates: 'iso',
    zoneOffset: 0,
    names: 'as_sent',
    objectNames: 'as_sent',
    listLag: 0,
    rowNumberBase: 2,
    keepRows: true,
    maxFileBytes: largestFile,
    bulkApi: 'on',
    metadata: 'on',
    metadataCallsPerMinute: 100,
    unknownObject: 'absent',
    script: [],
    unmatchedUpdate: 'refused',
    longText: 'refused',
    partialJob: 'COMPLETED',
    ...options,
    objectApi: objectDefaults(options.objectApi),
  };
}
