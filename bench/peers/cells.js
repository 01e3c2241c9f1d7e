/** What the peers that write by csv-stringify have in common: the dialect, and what becomes of lists and booleans. */

/** Options for csv-stringify that make the connector's own dialect. */
export const dialect = {
  record_delimiter: '\n',
  quoted_match: [/^$/, /^ | $/],
  quote_record_delimiter: true,
  cast: {
    boolean: (value) => (value ? 'true' : 'false'),
    object: (list) => list.join(';'),
  },
};
