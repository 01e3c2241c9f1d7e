/** Most lines fit a template and are read and encoded many at once: the results must not depend on that. */
import t, { type Test } from 'tap';
import { compareTemplates, counting } from '../integration_tests/properties/intake_property.ts';
import { setUpBatcher } from '../integration_tests/support/batcher_setup.ts';
import { readAll, setUpIntake } from '../integration_tests/support/intake_setup.ts';
import { planOf } from '../integration_tests/support/spool.ts';
import type { Plan } from './model.ts';

const usage: Plan = { ...planOf('INSERT'), stream: { name: 'usage' } };
const nested: Plan = {
  ...usage,
  columns: [['Key'], ['Name', 'first'], ['Name', 'other', '1'], ['Name']].map((path) => ({
    ...{ path, field: path.join('.'), isDateTime: false },
  })),
};
const [one, two] = ['one', 'two'].map((namespace, id) => ({ ...usage, id, stream: { name: 'usage', namespace } }));

/** The results of lines of the plans. */
async function take(
  t: Test,
  lines: readonly (string | Buffer)[],
  plans: readonly Plan[] = [usage],
  skipsDeleted = false,
): Promise<string[]> {
  const { accounts, batcher, sent, rows } = await setUpBatcher(t, { maxBytes: 1e9, plans });
  const intake = setUpIntake({ accounts, batcher }, { skipsDeleted });
  await readAll(intake, Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')])));
  for (const { id } of plans) await batcher.close(id, 'end');
  return (await Promise.all(sent.map(rows))).flat();
}

const usual = (data: string, stream = '"stream":"usage"') =>
  `{"type":"RECORD","record":{${stream},"data":{${data}},"emitted_at":1}}`;
const before = [1, 2, 3, 4].map((at) => usual(`"Key":${at},"Name":"n"`));
const rowsBefore = ['1,n', '2,n', '3,n', '4,n'];

t.test('templates change nothing in the results', async (t) => {
  let [rows, together] = [0, 0];
  for (let seed = 1; seed <= 12; seed++) {
    const result = await compareTemplates(t, seed);
    t.equal(result.difference, undefined);
    rows += result.rows;
    together += result.together;
  }
  t.ok(rows > 300, 'enough records became rows');
  t.ok(together > 150, 'enough of them several at once');
});

/** How many of the lines, once those of `before` were read, come as rows of templates. */
async function rowsOfTemplates(
  t: Test,
  before: readonly string[],
  lines: readonly string[],
  plans: readonly Plan[] = [usage],
): Promise<number> {
  const { accounts, batcher: real } = await setUpBatcher(t, { maxBytes: 1e9, plans });
  const { batcher, counts } = counting(real);
  const intake = setUpIntake({ accounts, batcher });
  const bytesOf = (part: readonly string[]) => Buffer.from(part.map((line) => `${line}\n`).join(''));
  await readAll(intake, bytesOf(before));
  Object.assign(counts, { together: 0, alone: 0 });
  await readAll(intake, bytesOf(lines));
  t.equal(counts.together + counts.alone, lines.length, 'each line became a row');
  return counts.together;
}

t.test('lines fit templates, whatever they have in common beside their values', async (t) => {
  const data = (key: number) => [`"Key":${key}`, `"Name":"n"`, `"Of no plan":[{"a":" "}]`, `"Wide":null`];
  const ofFour = (order: readonly number[], key = 1) => usual(order.map((at) => data(key)[at]).join(','));
  const orders = [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2], [2, 3, 1, 0]] as const; // biome-ignore format: a table
  const subsets = [[0], [0, 1], [0, 3], [2, 0], [0, 1, 2, 3], [3, 1, 0]] as const; // biome-ignore format: a table
  const of = (namespace: string | undefined, key: number) =>
    usual(`"Key":${key},"Name":"n"`, `"stream":"usage","namespace":"${namespace}"`);
  const streams = (key: number) => ['one', 'two'].map((namespace) => of(namespace, key));
  const tails = [
    '"é":1}}',
    '"emitted_at":1,"meta":{"changes":[]},"x":{}}}',
    '"meta":{"changes":[]},"emitted_at":1},"x":1}',
  ];
  const cases: readonly [what: string, before: readonly string[], lines: readonly string[], plans?: readonly Plan[]][] =
    [
      [
        'the same keys',
        [usual('"Key":1,"Name":"n"')],
        [usual('"Key":2,"Name":["x, y",1]'), usual('"Key":"é","Name":{}')],
      ],
      [
        'keys in any order',
        orders.map((order) => ofFour(order)),
        [...orders].reverse().map((order) => ofFour(order, 2)),
      ],
      ['keys that come and go', [ofFour([0, 1, 2, 3]), ofFour([3, 0])], subsets.map((order) => ofFour(order, 3))],
      ['a key twice', [usual('"Key":0,"Key":1,"Name":"n"')], [usual('"Key":9,"Key":2,"Name":"n"')]],
      ['keys with escapes', [usual('"\\u004bey":1,"N\\u0061me":"n"')], [usual('"\\u004bey":2,"N\\u0061me":"n"')]],
      [
        'white space',
        [usual('"Key" : 1 , "Name":\t"n" ')],
        [usual('"Key" : 2 , "Name":\t"m" '), usual('"Key" : 3, "Name":\t"m"')],
      ],
      ...[1, 3, 5, 6, 7, 12, 20].flatMap((length) =>
        (
          [(text) => `${'x'.repeat(length)}${text}`, (text) => `${text}${'x'.repeat(length)}`] as ((
            text: string,
          ) => string)[]
        ).map((nameOf): [string, string[], string[]] => {
          const of = (key: number) =>
            usual([`"Key":${key}`, ...Array.from({ length: 200 }, (_, at) => `"${nameOf(`${at}`)}":1`)].join(','));
          return [`200 keys such as ${nameOf('12')}`, [of(1)], [of(2), of(3)]];
        }),
      ),
      ['CRLF', [`${usual('"Key":1,"Name":"n"')}\r`], [2, 3].map((key) => `${usual(`"Key":${key},"Name":"n"`)}\r`)],
      [
        'columns nested in others, once each has come',
        [usual('"Key":1,"Name":{"first":"n","other":[1,2]}')],
        [
          '{"other":[{"x":1},"a, b"],"first":"m"}',
          '{"first":{"x":"\\n"}}',
          '{"other":[1]}',
          '"text"',
          'null',
          '[0]',
        ].map((name) => usual(`"Key":2,"Name":${name}`)),
        [nested],
      ],
      ['streams in turns', streams(1), [...streams(2), ...streams(3), ...streams(4).reverse()], [one, two] as Plan[]],
      ...tails.map((tail): [string, string[], string[]] => {
        const [first, second] = ['1', '2'].map((key) =>
          usual(`"Key":${key},"Name":"n"`).replace('"emitted_at":1}}', tail),
        );
        return [tail, [first as string], [second as string]];
      }),
    ];
  for (const [what, before, lines, plans] of cases) {
    // The first line of a file is added by itself.
    t.equal(await rowsOfTemplates(t, [...before, ...before], lines, plans), lines.length, what);
  }
});

t.test('a nested column that comes for the first time is noticed in a line that fits a template', async (t) => {
  const seen = new Uint8Array(4);
  const { accounts, batcher } = await setUpBatcher(t, { maxBytes: 1e9, plans: [nested] });
  const intake = setUpIntake({ accounts, batcher, columns: { seenOf: () => seen } });
  const read = async (name: string) => {
    await readAll(intake, Buffer.from(`${usual(`"Key":1,"Name":${name}`)}\n`.repeat(3)));
    return [...seen];
  };
  t.same(await read('{}'), [1, 0, 0, 1]);
  t.same(await read('{"first":1}'), [1, 1, 0, 1]);
  t.same(await read('"{\\"other\\":[1,2]}"'), [1, 1, 1, 1], 'even in a text of JSON');
});

t.test('lines without a template are read one by one', async (t) => {
  const known = usual('"Key":1,"Name":"n"');
  const others = [
    usual('"Key":1,"Name":"n","More":1'),
    usual('"Key":1,"Nam\\u0065":"n"'),
    usual('"Key": 1,"Name":"n"'),
    known.replace('"usage"', '"usage","x":1'),
    known.replace('"emitted_at":1', '"emitted_at":1,"x":1'),
    known.replace('"emitted_at"', '"emitted"'),
    `${known}\r`,
    ` ${known}`,
  ];
  for (const line of others) t.equal(await rowsOfTemplates(t, [known, known], [line]), 0, line);
});

t.test('a line that only begins as expected is checked like any other', async (t) => {
  const keyed = (value: string) => usual(`"Key":${value},"Name":[1]`);
  const broken = [
    ...['01', '"a', '"\t"', '"\\x"', '1]', '1}'].map(keyed),
    keyed('1').slice(0, -1),
    `${keyed('1')}}`,
    keyed('1').replace('},', '],'),
    keyed('1').replace('},', ',,'),
  ];
  for (const line of broken)
    await t.rejects(take(t, [...before, line]), { code: 'input_broken', message: /^Line 5 .* not valid JSON/ }, line);
});

t.test('invalid UTF-8 is found wherever it is', async (t) => {
  const usualLines = [
    '"Key":"\xff","Name":"n"',
    // The encoder treats lists as separate texts.
    '"Key":"\xff","Name":[1,2]',
    '"Key":["\xff"],"Name":["a", "b"]',
    '"Key":"\xff","Name":{"x":[1]}',
    '"Key":[],"Name":"\xff"',
    // A text with escapes is read differently.
    '"Key":"\\n\xff","Name":"n"',
    '"Key":"n","Name":"\xff\\n"',
    '"Key":1,"Name":{"\xff":1}',
  ].map((data) => usual(data));
  const inTail = usual('"Key":1,"Name":"n"').replace(':1}}', ':"\xff"}}');
  for (const text of [...usualLines, inTail]) {
    const line = Buffer.from(text, 'latin1');
    await t.rejects(take(t, [...before, line]), { code: 'input_broken', message: /^Line 5 .*UTF-8/ }, text);
  }
  const wide = usual('"Key":1,"Name":"n","A column of no plan":"\xff"');
  const wideBefore = [1, 2, 3].map(() => wide.replace('\xff', ''));
  await t.rejects(take(t, [...wideBefore, Buffer.from(wide, 'latin1')]), { message: /^Line 4 .*UTF-8/ });
});

t.test('lines, rows and records may grow', async (t) => {
  const long = usual(`"Key":"${'x'.repeat(3_000_000)}","Name":"n"`);
  const wide = usual(`"Key":5,"Name":"n",${Array.from({ length: 20_000 }, (_, at) => `"c${at}":1`).join(',')}`);
  const rows = await take(t, [...before, long, ...before, wide, wide, wide, ...before]);
  t.same(
    rows.map((row) => row.slice(0, 9)),
    [...rowsBefore, 'xxxxxxxxx', ...rowsBefore, '5,n', '5,n', '5,n', ...rowsBefore],
  );
});

t.test('columns are found again after a record with another head', async (t) => {
  const other =
    '{"record":{"stream":"usage","data":{"Name":"m","Another_column":9,"Key":8},"emitted_at":1},"type":"RECORD"}';
  t.same(await take(t, [...before, other, ...before]), [...rowsBefore, '8,m', ...rowsBefore]);
});

t.test('records of a stopped stream are counted and checked, but not encoded', async (t) => {
  const { accounts, batcher } = await setUpBatcher(t, { maxBytes: 1e9, plans: [one, two] as Plan[] });
  const stopped = new Set<number>();
  const bytes: Record<number, number> = {};
  const lengthOf = (rows: { readonly start: number; readonly stop: number }) => rows.stop - rows.start;
  const intake = setUpIntake({
    accounts,
    schedule: { isStopped: (id) => stopped.has(id) },
    batcher: {
      append: (plan, row, header) => {
        bytes[plan.id] = (bytes[plan.id] ?? 0) + row.length;
        return batcher.append(plan, row, header);
      },
      appendRows: (plan, rows) => {
        bytes[plan.id] = (bytes[plan.id] ?? 0) + lengthOf(rows);
        return batcher.appendRows(plan, rows);
      },
      delete: () => false,
      compactDeletions: () => undefined,
    },
  });
  const of = (namespace: string, data: string) => usual(data, `"stream":"usage","namespace":"${namespace}"`);
  const read = (...lines: string[]) => readAll(intake, Buffer.from(lines.map((line) => `${line}\n`).join('')));
  const received = () => [...accounts].map((account) => account.received);
  const turns = ['one', 'two'].flatMap((name) => [of(name, '"Key":1,"Name":"n"'), of(name, '"Key":2,"Name":"n"')]);
  await read(...turns, ...turns);
  t.same([received(), bytes], [[4, 4], { 0: 16, 1: 16 }]);
  stopped.add(0);
  await read(...turns, of('one', '"A new column":[{"a":1}]'), of('one', '"Key":3,"Key":4'), of('one', ''));
  t.same([received(), bytes], [[9, 6], { 0: 16, 1: 24 }], 'whatever columns they have');
  await read(...turns, of('one', '"Key":1,"Name":"\\ud83d"'));
  t.same([received(), bytes], [[12, 8], { 0: 16, 1: 32 }]);
  const broken = of('one', '"Key":01');
  await t.rejects(read(...turns, broken), { code: 'input_broken', message: /^Line 25 .* not valid JSON/ });
  t.same(received(), [14, 10]);
});

t.test('deleted rows are distinguished from others', async (t) => {
  const lines = ['null', 'null', 'null', '"2026-01-01"', 'null', '"2026-01-02"', '"2026-01-03"', 'null'].map(
    (at, key) => usual(`"Key":${key},"_ab_cdc_deleted_at":${at},"Name":"n"`),
  );
  t.same(await take(t, lines, [usage], true), ['0,n', '1,n', '2,n', '4,n', '7,n']);
  t.same((await take(t, lines, [usage], false)).length, 8);
});

t.test('a stream of the same name in another namespace changes what is expected of both', async (t) => {
  const of = (namespace: string, data: string) => usual(data, `"stream":"usage","namespace":"${namespace}"`);
  const [first, second] = [`"Key":1,"Name":"n"`, `"Name":"n","Key":2`];
  const lines = [first, first, first].map((data) => of('one', data));
  lines.push(of('two', second), of('one', second), of('one', first));
  t.same(await take(t, lines, [one, two] as Plan[]), ['1,n', '1,n', '1,n', '2,n', '1,n', '2,n']);
});

t.test('rows are right when all templates were forgotten', async (t) => {
  const names = Array.from({ length: 3000 }, (_, at) => `"a column of no plan ${at}":0`).join(',');
  const others = Array.from({ length: 160 }, (_, at) => usual(names, `"stream":"unknown ${at}"`));
  const rows = await take(t, [...before, ...others.flatMap((line) => [line, ...before])]);
  t.same(rows, Array.from({ length: 161 }, () => rowsBefore).flat());
});
