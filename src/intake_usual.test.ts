/**
 * Most records are like the previous one, and are then read and encoded in one call: the results must not depend on
 * that.
 */
import t, { type Test } from 'tap';
import { compareUsual } from '../integration_tests/properties/usual_property.ts';
import { setUpBatcher } from '../integration_tests/support/batcher_setup.ts';
import { plainValues, readAll, setUpIntake } from '../integration_tests/support/intake_setup.ts';
import { planOf } from '../integration_tests/support/spool.ts';
import type { Plan } from './model.ts';
import { Kernel } from './records/kernel/kernel.ts';
import { RecordScanner } from './records/record_scanner.ts';
import { RowEncoder } from './records/row_encoder.ts';
import { UsualRecords } from './records/usual.ts';

const usage: Plan = { ...planOf('INSERT'), stream: { name: 'usage' } };
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

t.test('the fast path changes nothing in the results', async (t) => {
  let [rows, inOneCall] = [0, 0];
  for (let seed = 1; seed <= 8; seed++) {
    const result = await compareUsual(t, seed);
    t.equal(result.difference, undefined);
    rows += result.rows;
    inOneCall += result.usual;
  }
  t.ok(rows > 500, 'enough records became rows');
  t.ok(inOneCall > 125, 'enough of them in one call');
});

t.test('a record like the previous one is encoded in one call, and any other is left to the scanner', async (t) => {
  const kernel = new Kernel();
  const scanner = new RecordScanner(kernel);
  const records = new UsualRecords(scanner);
  const encoder = new RowEncoder(usage, plainValues, { kernel, onUnknownColumn: () => undefined });
  const put = (line: string) => {
    const stop = kernel.putLine(Buffer.from(line), 0, Buffer.byteLength(line));
    return [kernel.bytes.subarray(0, stop + 1), kernel.inputAt, stop] as const;
  };
  const scan = (line: string) => {
    const kind = scanner.scan(...put(line));
    if (kind === 'record') encoder.encode(scanner);
    return encoder.usualPlan !== undefined && records.expect(kernel.inputAt, encoder.usualPlan);
  };
  const encode = (line: string) => {
    const length = records.encode(...put(line));
    return length > 0 && encoder.accept(length) === 'row' && String(encoder.bytes.subarray(0, encoder.length));
  };
  const again = () => {
    scan(usual('"Key":1,"Name":"a"'));
    return scan(usual('"Key":2,"Name":"b"'));
  };
  t.equal(scan(usual('"Key":1,"Name":"a"')), false, 'nothing led to a first record');
  t.equal(again(), true);
  t.equal(encode(usual('"Key":3,"Name":"c"')), '3,c\n');
  t.equal(encode(usual('"Key":"é","Name":[1,"d"]')), 'é,1;d\n');
  for (const other of ['"Key":4', '"Key":4,"Name":"e","More":1', '"Name":"e","Key":4', '']) {
    t.equal(encode(usual(other)), false, other);
    t.equal(encode(usual('"Key":3,"Name":"c"')), false, 'it is not tried in vain');
    t.equal(again(), true);
    t.equal(encode(usual('"Key":3,"Name":"c"')), '3,c\n');
  }
  for (const spaced of ['"Key":5,"Name":"f" ', '"Key":5,"Name":"f"\t\r '])
    t.equal(encode(usual(spaced)), '5,f\n', 'there may be white space after the last value');
  t.equal(encode(usual('"Key":4,"Name":"e"', '"stream":"other"')), false);
  t.equal(encode(usual('"Key":3,"Name":"c"')), '3,c\n');
  const change = (key: number, at: string) => usual(`"Key":${key},"_ab_cdc_deleted_at":${at},"Name":"g"`);
  scan(change(1, 'null'));
  t.equal(scan(change(2, '"2026-01-01"')), true);
  for (const [at, isDeleted] of [['null', false], ['"2026-01-02"', true], ['null', false]] as const) {
    t.equal(encode(change(6, at)), '6,g\n');
    t.equal(encoder.isDeleted, isDeleted);
  } // biome-ignore format: a table
  const scanned = Array.from({ length: 40 }, (_, at) => (scan(usual('"Key":1,"Name":"a"')) ? [at] : []));
  t.same(scanned.flat(), [0, 1, 2, 3, 15, 31], 'if no record repeats, few are tried');
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

t.test('columns are found again after a record of another shape with another head', async (t) => {
  const other =
    '{"record":{"stream":"usage","data":{"Name":"m","Another_column":9,"Key":8},"emitted_at":1},"type":"RECORD"}';
  t.same(await take(t, [...before, other, ...before]), [...rowsBefore, '8,m', ...rowsBefore]);
});

t.test('deleted rows are distinguished from others of the same shape', async (t) => {
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

t.test('rows are right when all shapes were forgotten', async (t) => {
  const names = Array.from({ length: 3000 }, (_, at) => `"a column of no plan ${at}":0`).join(',');
  const others = Array.from({ length: 160 }, (_, at) => usual(names, `"stream":"unknown ${at}"`));
  const rows = await take(t, [...before, ...others.flatMap((line) => [line, ...before])]);
  t.same(rows, Array.from({ length: 161 }, () => rowsBefore).flat());
});
