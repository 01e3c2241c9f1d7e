/** What the message about a stream without an entry says of the entry that may have been meant. */
import t from 'tap';
import { makePlans } from './plan.ts';
import { unlistedEntry } from './stream_entries.ts';

/** A stream, written `name` or `name@namespace`. */
function configured(text: string) {
  const [name = '', namespace] = text.split('@');
  const json_schema = { type: 'object', properties: { id: { type: 'string' } } };
  return {
    stream: { name, ...(namespace && { namespace }), json_schema, supported_sync_modes: ['full_refresh' as const] },
    ...({ sync_mode: 'full_refresh', destination_sync_mode: 'append_dedup', primary_key: [['id']] } as const),
  };
}

/** The plans of streams, with entries written likewise. */
function planned(streams: readonly string[], entries: readonly string[], load_unlisted_streams = false) {
  const catalog = { streams: streams.map(configured), isClear: false };
  return makePlans(catalog, { streams: entries.map((each) => unlistedEntry(configured(each))), load_unlisted_streams });
}

const bare = (number: number, name: string) =>
  `. Entry ${number} names "${name}" in the namespace "public", and the connection sends it without one: in the connection set "Destination Namespace" to "Source-defined", or leave the namespace out of the entry`;

/** Streams, entries, and what is said of each stream that has none. */
const cases: readonly [what: string, streams: string[], entries: string[], ...hints: [string, string][]][] = [
  ['no entries', ['companies'], [], ['companies', '']],
  ['nothing like it', ['companies'], ['tickets'], ['companies', '; entries without a stream are "tickets"']],
  [
    'entries with a namespace, as the connection is Destination-defined',
    ['companies', 'tickets'],
    ['tickets@public', 'companies@public'],
    ['companies', bare(2, 'companies')],
    ['tickets', bare(1, 'tickets')],
  ],
  ['an entry with the namespace in its name', ['companies'], ['public.companies'], ['companies', bare(1, 'companies')]],
  [
    'another namespace',
    ['companies@sales'],
    ['companies@public'],
    [
      'sales.companies',
      '. Entry 1 names "companies" in the namespace "public", and the connection sends it in "sales": correct "Namespace" of the entry',
    ],
  ],
  [
    'a prefix',
    ['wh_companies'],
    ['tickets', 'companies'],
    [
      'wh_companies',
      '. Entry 2 names "companies", and the connection seems to have the "Stream Prefix" "wh_": name the stream "wh_companies" in the entry',
    ],
  ],
  [
    'a prefix that the connection does not have',
    ['companies'],
    ['wh_companies'],
    [
      'companies',
      '. Entry 1 names "wh_companies", and the connection seems to have no "Stream Prefix" "wh_": name the stream "companies" in the entry',
    ],
  ],
  [
    'an ending that is the name of a stream of its own is no prefix',
    ['companies', 'old_companies'],
    ['companies'],
    ['old_companies', ''],
  ],
  [
    'misspelt names',
    ['companies', 'Tickets'],
    ['tickets', 'comapnies'],
    ['companies', '. Entry 2 names "comapnies": if that is meant, correct it to "companies"'],
    ['Tickets', '. Entry 1 names "tickets": if that is meant, correct it to "Tickets"'],
  ],
  ['short names are like anything', ['a1'], ['a2'], ['a1', '; entries without a stream are "a2"']],
];
for (const [what, streams, entries, ...hints] of cases) {
  t.test(what, async (t) => {
    const rest = 'Add an entry for it, deselect it in the connection, or switch on "Load Unlisted Streams".';
    t.same(
      planned(streams, entries).broken.flatMap(({ faults }) => faults.map(({ message }) => message)),
      hints.map(
        ([stream, hint]) =>
          `The connection selects the stream "${stream}", and no entry of "Streams" names it${hint}. ${rest}`,
      ),
    );
  });
}

t.test(
  'with "Load Unlisted Streams" a hint is a warning: the stream goes to another object than the entry',
  async (t) => {
    t.same(planned(['wh_companies', 'tickets'], ['companies'], true).warnings, [
      'Ignored, because this connection selects no such stream: the entries companies of "Streams".',
      'Entry 1 names "companies", and the connection seems to have the "Stream Prefix" "wh_": name the stream "wh_companies" in the entry.',
    ]);
  },
);
