import fc from 'fast-check';
import t from 'tap';
import { PlainWords } from './plain_words.ts';
import { readAnswer } from './response.ts';

const names = ['Company', 'Stage__gc', 'Email', 'UPSERT', 'Annual Revenue', 'Csm__gr.Name'];

t.test('only words of error messages and names from the configuration are printed', async (t) => {
  const words = new PlainWords('keys', names);
  for (const [text, expected] of [
    ['Mandatory field is missing', 'Mandatory field is missing'],
    ['Email is required', 'Email is required'],
    [
      'Value "Rubystone" of field Stage__gc is longer than 255 characters',
      'Value … of field Stage__gc is longer than … characters',
    ],
    ['jane@example.com is no address', '… is no address'],
    ['Jane is no address, nor is 42', '… is no address, nor is …'],
    ['Picklist has no "Gold Plus" for it', 'Picklist has no … for it'],
    ["Picklist has no 'Gold's' for it", 'Picklist has no … for it'],
    ['Picklist has no “Gold” or ‘Silver’ or `Tin` or «Lead»', 'Picklist has no … or … or … or …'],
    ['Value "with \\"escaped\\" quotes" fails', 'Value … fails'],
    ['Cut off in "the middle of a val', 'Cut off in …'],
    ["The value can't be read, isn't a date", "The value can't be read, isn't a date"],
    ["The users' list isn't open", "The users' list isn't open"],
    ['No lines "one\ntwo" found', 'No lines … found'],
    ['No "stage__gc" on "company" for UPSERT', 'No "stage__gc" on "company" for UPSERT'],
    ['No Annual Revenue, no Revenue', 'No Annual Revenue, no …'],
    ['No Csm__gr.Name, no Company/Email', 'No Csm__gr.Name, no Company/Email'],
    ['Value Doe, Jane (CEO) is not allowed', 'Value …) is not allowed'],
    ['IN is not valid, NO is not valid', '… is not valid, … is not valid'],
    ['At most 255 characters.', 'At most … characters.'],
    ['the key field(s) of company', 'the key field(s) of company'],
    ['&quot;Gold&quot; is not valid for Email &amp; &#34;Ruby &#x22;', '… is not valid for Email & …'],
    ['Value Invalidator… and Requi...', 'Value … and …'],
    ['1 and 2 and 3', '… and … and …'],
    ['', ''],
  ] as const) {
    t.equal(words.of(text), expected, text);
  }
});

t.test('a code is explained, and only complete codes count', async (t) => {
  const words = new PlainWords('keys', names);
  t.equal(
    words.of('GSOBJ_1001: Value "x" of field Email is too long'),
    'GSOBJ_1001 (a text is longer than its field takes): Value … of field Email is too long',
  );
  t.equal(words.of('GS_9876: Value 9876'), 'GS_9876: Value …');
  t.equal(words.of('GS_JANE_42, GS_1, XGSOBJ_1001'), '…');
});

t.test('none prints the codes alone, full_row prints everything', async (t) => {
  const none = new PlainWords('none', names);
  t.equal(none.of('GSOBJ_1001: Value "x" of Email (GSOBJ_1001, GU_1101)'), 'GSOBJ_1001, GU_1101');
  t.equal(none.of('Email is required'), '');
  const full = new PlainWords('full_row', names);
  t.equal(full.of('Jane, GSOBJ_1001'), 'Jane, GSOBJ_1001');
  t.equal(full.grouped('Jane, 42'), '…');
  t.same(
    [words('keys').field('EMAIL'), words('keys').field('Jane'), words('full_row').field('Jane')],
    ['EMAIL', '…', 'Jane'],
  );
});

const words = (detail: 'keys' | 'full_row' | 'none') => new PlainWords(detail, names);

/**
 * Parts of values that are in no word of the vocabulary and in no name, so that each is found wherever it is printed.
 */
const marks = ['zq', 'xj', 'qv', 'jw', 'vx', 'ÄÖ', '東京', '42', '7', '3.14'];
const mark = fc.constantFrom(...marks);
const glue = fc.constantFrom(' ', '', '-', '.', ', ', "'", '"', '@', '/', '_', '\n', ' & ', '<b>', '(', ') ', '\\"');
const value = fc
  .tuple(mark, fc.array(fc.tuple(glue, mark), { maxLength: 4 }))
  .map(([first, rest]) => first + rest.map(([between, next]) => between + next).join(''));

/** Ways in which a tenant may write a value into its messages. */
const spellings: readonly ((value: string) => string)[] = [
  (text) => text,
  (text) => `"${text}"`,
  (text) => `'${text}'`,
  (text) => `[${text}]`,
  (text) => `<${text}>`,
  (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`),
  (text) => `&quot;${text.replace(/&/g, '&amp;').replace(/</g, '&lt;')}&quot;`,
  (text) => JSON.stringify(text),
  (text) => encodeURIComponent(text),
  (text) => text.toUpperCase(),
  (text) => text.toLowerCase().normalize('NFD'),
  (text) => text.replace(/(.{3})/gu, '$1\n '),
  (text) => [...text].join(' '),
  (text) => `${text.slice(0, 3)}...`,
  (text) => `"${text.slice(0, -1)}`,
  (text) => text.split(/\W+/).reverse().join(', '),
  (text) => text.replace(/\d+/g, (digits) => `${digits},000.00`),
  (text) => `field=${text};value=${text}`,
];

const templates: readonly ((value: string) => string)[] = [
  (text) => `Value ${text} of field Email is not valid`,
  (text) => `${text}`,
  (text) => `GSOBJ_1002: Invalid value for field Stage__gc: ${text}`,
  (text) => `Row 42: ${text} is required; found ${text} instead`,
  (text) => `GS_${text}: no such record`,
  (text) => `No record of Company matches ${text}`,
];

const written = fc
  .tuple(value, fc.constantFrom(...spellings), fc.constantFrom(...templates))
  .map(([text, spelling, template]) => template(spelling(text)));

/** What remains of a text without the words that may be printed whatever the rows contain. */
function remains(printed: string): string {
  const stands =
    /GS[A-Z_]*_\d{3,5}( \([^)]*\))?|HTTP \d{3}|Stage__gc|[a-z-]{3,}|(?<![a-z])[A-Z][a-z]{2,}|\b(of|no|is|or|to)\b|[\s…:;,.()[\]<>{}=|"'“&/-]/gu;
  return printed.replace(/Email|Company|Value|Row|No\b/g, '').replace(stands, '');
}

t.test('no value of a row is printed, whatever it is and however it is written', async (t) => {
  const plain = words('keys');
  fc.assert(
    fc.property(written, (text) => {
      const printed = plain.of(text);
      t.equal(remains(printed), '', `${text} -> ${printed}`);
      for (const part of marks)
        if (/\D/.test(part)) t.notOk(printed.toLowerCase().includes(part.toLowerCase()), printed);
    }),
    { numRuns: 2000 },
  );
});

t.test('nor in any field of an answer', async (t) => {
  const plain = words('keys');
  const headers = new Headers();
  fc.assert(
    fc.property(written, value, fc.constantFrom(200, 400, 503), (text, raw, status) => {
      const body = { result: false, errorCode: raw, errorDesc: text, message: text, requestId: raw };
      const received = {
        kind: 'received',
        status,
        statusText: raw,
        sent: 'whole',
        headers: headers as never,
        text: JSON.stringify(body),
      } as const;
      const answer = readAnswer(received, plain);
      const printed = JSON.stringify(answer);
      for (const part of marks)
        if (/\D/.test(part)) t.notOk(printed.toLowerCase().includes(part.toLowerCase()), printed);
      t.match(answer, { requestId: undefined, words: String });
      if (answer.kind !== 'done') t.equal(remains(answer.words), '', answer.words);
    }),
    { numRuns: 500 },
  );
});

t.test('endless long words are filtered quickly', async (t) => {
  const plain = words('keys');
  for (const text of [
    "'".repeat(50_000),
    '…'.repeat(50_000),
    `${'(s)'.repeat(20_000)}x`,
    '. '.repeat(30_000),
    'a-'.repeat(30_000),
    '"\\'.repeat(30_000),
    '&#1'.repeat(30_000),
  ]) {
    const since = process.hrtime.bigint();
    plain.of(text);
    t.ok(process.hrtime.bigint() - since < 1_000_000_000n, text.slice(0, 4));
  }
});

t.test('names may contain characters that are special in regular expressions', async (t) => {
  const plain = new PlainWords();
  plain.learn(['Renewal-Date (next)', 'a|b.c*d [e] ^$ {f} / \\g-h']);
  t.equal(plain.of('Field Renewal-Date (next) is required'), 'Field Renewal-Date (next) is required');
});
