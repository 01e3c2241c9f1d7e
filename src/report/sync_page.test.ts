/** The page of a report: every figure is that of the report, no text is markup, and its size is limited. */
import t from 'tap';
import { numberIn, readPage } from '../../integration_tests/pages/read_page.ts';
import { hostileTexts, makeReport, noCalls } from '../../integration_tests/pages/reports.ts';
import { formatBytes, formatDuration } from '../format.ts';
import { syncPage } from './sync_page.ts';
import type { SyncReport } from './sync_report.ts';

const numbers = (row: Readonly<Record<string, string>> | undefined, ...titles: string[]) =>
  titles.map((title) => numberIn(row?.[title]));

const usual = makeReport({ jobs: 40 });

t.test('the sums and those of each stream', async (t) => {
  const { records, streams } = usual;
  const { terms, tables } = readPage(syncPage(usual));
  const titles = ['Received', 'Accepted', 'Superseded', 'Skipped', 'Rejected', 'Not loaded'];
  const valuesOf = (counts: SyncReport['records']) => [
    ...[counts.received, counts.accepted, counts.superseded, counts.skipped, counts.rejected, counts.not_loaded],
  ];
  // "Accepted" is also the term of a row that is sent again, further down.
  const page = readPage(syncPage({ ...usual, sent_again: null }));
  t.strictSame(
    titles.map((title) => numberIn(page.terms.get(title))),
    valuesOf(records),
  );
  t.match(syncPage(usual), `${records.rejected_before_sending} before sending`);
  t.equal(numberIn(terms.get('States released')), usual.states);
  const rows = tables.get('Streams') ?? [];
  t.equal(rows.length, streams.length);
  for (const [at, { files, object, operation, records: own, stream }] of streams.entries()) {
    t.match(rows[at], { Stream: stream, Object: object, Operation: operation, 'Key fields': 'External_ID__gc' });
    t.strictSame(numbers(rows[at], ...titles), valuesOf(own));
    t.equal(numberIn(rows[at]?.['Rejected before sending']), own.rejected_before_sending);
    const ofFiles = numbers(rows[at], 'Files closed', 'Files submitted', 'Files taken over', 'Files not sent');
    t.strictSame(ofFiles, [files.closed, files.submitted, files.taken_over, files.not_sent]);
  }
});

t.test('each job, with file and request; those that did not load come first', async (t) => {
  const rows = readPage(syncPage(usual)).tables.get('Jobs') ?? [];
  t.equal(rows.length, usual.jobs.length);
  const [fine, others] = [true, false].map((isFine) =>
    usual.jobs.filter(({ result }) => (result === 'loaded') === isFine),
  );
  const inOrder = [...(others ?? []), ...(fine ?? [])];
  for (const [at, job] of inOrder.entries()) {
    t.match(rows[at], {
      ...{ Job: job.job, Stream: job.stream, Object: job.object, File: job.file, Request: job.request },
      ...{ Size: formatBytes(job.bytes), Took: job.seconds === null ? '–' : formatDuration(job.seconds * 1000) },
      ...{ 'Begun (UTC)': job.begun_at.slice(0, 19).replace('T', ' '), 'Closed because': job.closed_because },
      Result: [job.result, ...(job.code ? [` ${job.code}`] : []), ...(job.taken_over ? [', taken over'] : [])].join(''),
    });
    t.strictSame(numbers(rows[at], 'Rows', 'Accepted', 'Rejected'), [job.rows, job.accepted, job.rejected]);
  }
});

t.test('the calls: of each window at the end, and by hour with the most at a time', async (t) => {
  const { tables, elements } = readPage(syncPage(usual));
  const windows = tables.get('Calls at the end of the sync') ?? [];
  t.strictSame(
    windows.map((row) => numbers(row, 'Ours', 'Others', 'Limit', 'Reserved for others', 'Left')),
    usual.calls.windows.map(({ ours, others, limit, reserved, left }) => [ours, others, limit, reserved, left]),
  );
  const hours = tables.get('Calls by hour') ?? [];
  const sum = (title: string) => hours.reduce((all, row) => all + (numberIn(row[title]) ?? 0), 0);
  const made = (isOurs: boolean) => usual.calls.made.filter(({ ours }) => ours === isOurs).length;
  t.strictSame([sum('Ours'), sum('Others')], [made(true), made(false)]);
  const day = usual.calls.windows[1];
  const most = Math.max(...hours.map((row) => numberIn(row['Most within any day, of 100']) ?? 0));
  t.ok(most >= (day?.ours ?? 0) + (day?.others ?? 0), `${most}`);
  t.match(
    elements('svg').flatMap(({ attributes }) => attributes['aria-label'] ?? []),
    [
      /^\d+ jobs$/,
      /^\d+ jobs$/,
      /^\d+ jobs$/,
      /^Calls within any hour: at most \d+ of 10$/,
      /^Calls within any day: at most/,
    ],
  );
});

t.test('reasons with their samples and what to do, and the rows that are sent again', async (t) => {
  const page = readPage(syncPage(makeReport({ jobs: 12, trouble: false, reasons: 8 })));
  const { streams, sent_again } = makeReport({ jobs: 12, trouble: false, reasons: 8 });
  for (const { field, reason, rows, to_do, values, rows_of_other_values } of streams.flatMap(
    (stream) => stream.reasons,
  )) {
    const head = `${field === null ? '' : `${field}: `}${rows.toLocaleString('en-US')} row${rows === 1 ? '' : 's'}`;
    t.ok(page.headings.includes(head), head);
    for (const text of [reason, to_do]) t.ok(page.texts('p').includes(text), text);
    for (const { value, rows: count } of values)
      t.match(page.text, `${typeof value === 'string' ? value : JSON.stringify(value)}: ${count} row`);
    if (rows_of_other_values > 0) t.match(page.text, `other values: ${rows_of_other_values} row`);
  }
  const terms = {
    'Sent again': sent_again?.sent,
    'Rejected again': sent_again?.rejected,
    'Given up': sent_again?.given_up,
  };
  for (const [term, count] of Object.entries(terms)) t.equal(numberIn(page.terms.get(term)), count, term);
});

t.test('the verdict comes first, and then the next command', async (t) => {
  const { headings, texts, title } = readPage(syncPage(makeReport({ jobs: 12, trouble: false })));
  t.strictSame(headings.slice(0, 3), ['Loaded, but rows were rejected', 'Next command', 'Records']);
  t.equal(title, 'Loaded, but rows were rejected – run 4711, attempt 0');
  t.equal(
    texts('pre')[0],
    'destination-gainsight load /rejected/4711.0.1.warehouse.companies.rejects.csv --config FILE',
  );
  t.strictSame(readPage(syncPage(usual)).headings.slice(0, 3), ['Failed', 'Next commands', 'Further failures']);
});

t.test('a sync without a file has no jobs and no drawing', async (t) => {
  const empty = makeReport({ jobs: 0 });
  const report = { ...empty, calls: { submitted: 0, windows: [], made: [], object_api: noCalls }, sent_again: null };
  const { headings, tables, text } = readPage(syncPage(report));
  t.strictSame(headings, ['Loaded', 'Records', 'Jobs and calls over time', 'Settings']);
  t.strictSame([...tables.keys()], ['Streams']);
  t.match(text, 'No job was made, and no call was used.');
});

t.test('batches by calls have a table, their windows and a place in the drawing', async (t) => {
  const made = makeReport({ jobs: 1, trouble: false, batches: 2 });
  const windows = [{ window: 'minute', hours: 1 / 60, limit: 100, reserved: 50, ours: 7, others: 0, left: 43 }];
  const calls = { ...made.calls, object_api: { calls: 206, batches: 2, windows } };
  const { headings, tables, text } = readPage(syncPage({ ...made, calls }));
  t.ok(headings.includes('Batches by calls of the object API'));
  t.match(tables.get('Batches by calls of the object API'), [
    { Stream: 'warehouse.contacts', Rows: '5,000', Accepted: '4,999', Rejected: '1', Calls: '103' },
    {},
  ]);
  t.match(
    tables.get('Calls at the end of the sync')?.map((row) => row['Calls at the end']),
    ['Bulk API: within one hour', 'Bulk API: within one day', 'Object API: within one minute'],
  );
  t.match(
    text,
    '206 calls of the object API loaded batches; these are in no list of Gainsight, nor are those of others.',
  );
  t.match(text, 'batch 2: 5,000 rows by 103 calls of the object API');
});

t.test('no name and no value is markup, and each is shown', async (t) => {
  const plain = readPage(syncPage(makeReport({ jobs: 32, streams: 16, reasons: 16 })));
  for (const hostile of hostileTexts) {
    const page = syncPage(makeReport({ jobs: 32, streams: 16, reasons: 16, name: () => hostile }));
    t.strictSame([...readPage(page).names].sort(), [...plain.names].sort(), hostile.slice(0, 60));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
    t.notMatch(page, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u);
  }
  const shown = readPage(syncPage(makeReport({ jobs: 32, name: () => hostileTexts[1] })));
  t.equal(shown.tables.get('Jobs')?.[0]?.['File'], hostileTexts[1]);
});

t.test('it asks for nothing and runs nothing', async (t) => {
  const { elements, names } = readPage(syncPage(usual));
  t.match(elements('meta').find(({ attributes }) => attributes['http-equiv'])?.attributes, {
    content: "default-src 'none'; style-src 'unsafe-inline'",
  });
  for (const name of ['script', 'link', 'img', 'iframe', 'src', 'style ', 'onclick']) t.notOk(names.has(name), name);
  for (const { attributes } of elements('a')) t.match(attributes['href'], /^#[a-z]+$/);
});

t.test('its size is limited, and what is left out is counted', async (t) => {
  const sizeOf = (report: SyncReport) => Buffer.byteLength(syncPage(report));
  const hundred = sizeOf(makeReport({ jobs: 100, streams: 12, reasons: 10 }));
  t.ok(hundred < 100_000, `100 jobs: ${hundred}`);
  const large = makeReport({ jobs: 5000, streams: 15, reasons: 20, lastsMs: 45 * 86_400_000 });
  const page = syncPage(large);
  t.ok(Buffer.byteLength(page) < 2_000_000, `5,000 jobs: ${Buffer.byteLength(page)}`);
  t.equal(readPage(page).tables.get('Jobs')?.length, 5000);
  const hostile = makeReport({ jobs: 10_000, streams: 300, reasons: 101, name: (at) => `${at}${'"'.repeat(10_000)}` });
  t.ok(sizeOf(hostile) < 2_000_000, `${sizeOf(hostile)}`);
  t.match(readPage(syncPage(hostile)).text, /\d[\d,]* jobs more: the report as JSON has all of them\./);
});
