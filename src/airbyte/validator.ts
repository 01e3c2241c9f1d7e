/** A JSON schema compiled to a function, in the form that ajv compiles it to. */

/** What in a value violates the schema. */
export interface Violation {
  /** Where: `/files/max_rows`; the value itself: an empty text. */
  readonly instancePath: string;
  /** The violated keyword of the schema. */
  readonly keyword: string;
  /** What the keyword demands. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/** Whether a value fits the schema. Fills in the defaults of a configuration's, in place. */
export interface Validator {
  (value: unknown): boolean;
  /** Of the last value; null if it fits. */
  errors?: readonly Violation[] | null;
}
