/** Most records are like the one before, and are then read and encoded in one call: which way a line goes must not show. */
import t, { type Test } from 'tap';
import { pick, type Random, randomFrom } from '../integration_tests/random.ts';
import { cutting } from '../integration_tests/support/cutting.ts';
import { planOf } from '../integration_tests/support/spool.ts';
import { Intake } from './intake.ts';
import type { Plan } from './model.ts';

const accounts: Plan = { ...planOf('UPSERT', 0), stream: { name: 'accounts' }, label: 'accounts' };
const usage: Plan = { ...planOf('INSERT', 1), stream: { name: 'usage' }, label: 'usage' };
const values = { null_text: '', boolean_format: 'true_false', datetime_format: 'as_is', list_separator: ';' } as const;

/** What lines come to, in the order in which it came. */
interface Outcome {
  readonly rows: Readonly<Record<string, readonly string[]>>;
  readonly others: readonly string[];
  readonly warnings: ReadonlySet<string>;
}

const take = (t: Test, lines: readonly string[]) =>
  takeBytes(t, Buffer.from(lines.map((line) => `${line}\n`).join('')));

async function takeBytes(t: Test, bytes: Buffer): Promise<Outcome> {
  const { cutter, sent, rows } = await cutting(t, { maxBytes: 1e9 });
  const others: string[] = [];
  const warnings = new Set<string>();
  const intake = new Intake(
    { plans: [accounts, usage], values, skipsDeleted: true, isClear: false },
    {
      cutter,
      reject: async ({ plan, field, reason, cells }) =>
        void others.push(JSON.stringify([plan.id, field, reason, cells])),
      skip: ({ label }) => void others.push(`skip ${label}`),
      hold: async () => undefined,
      pass: async () => undefined,
      isStopped: () => false,
      room: () => undefined,
      warn: (text) => warnings.add(text),
    },
  );
  await intake.take(bytes);
  const found: Record<string, string[]> = { accounts: [], usage: [] };
  for (const { id } of [accounts, usage]) await cutter.cut(id, 'end');
  for (const batch of sent) found[batch.plan.label]?.push(...(await rows(batch)));
  return { rows: found, others, warnings };
}

type Members = readonly (readonly [name: string, value: (random: Random) => string])[];

const scalars = ['1', '-2.50', 'true', 'null', '"plain"', '"a, \\"b\\""', '"é御😀"', '"\\u0041\\n"', '""', '" "', '[]'];
const others = ['["a","b"]', '["a;b"]', '{"x":[1]}', '1e401', '1E3', '"2024-01-01T00:00:00Z"'];
const some = (random: Random) => pick(random, random(8) === 0 ? others : scalars);
const name = ['Name', some] as const;
const deleted = ['_ab_cdc_deleted_at', (random: Random) => (random(2) === 0 ? 'null' : '"2024-01-01"')] as const;

/** Members of `data` beside the key, which comes first or last. */
const shapes: readonly Members[] = [
  [name],
  [],
  [name, ['Extra', some]],
  [['Extra', some], name],
  [name, deleted],
  [name, name],
  [['N\\u0061me', some]],
];

const envelopes: readonly ((stream: string, data: string) => string)[] = [
  (stream, data) => `{"type":"RECORD","record":{"stream":"${stream}","data":${data},"emitted_at":1}}`,
  (stream, data) => `{"type":"RECORD","record":{"namespace":null,"stream":"${stream}","data":${data},"emitted_at":1}}`,
  (stream, data) => `{"type":"RECORD","record":{"stream":"${stream}","data":${data},"emitted_at":1,"meta":{}}}`,
  (stream, data) => `{"record":{"stream":"${stream}","data":${data},"emitted_at":1},"type":"RECORD"}`,
  (stream, data) => `{"type":"RECORD","record":{"data":${data},"stream":"${stream}"}} `,
  (stream, data) =>
    `{"type":"RECORD","record":{"meta":{"changes":[{"field":"Name","change":"NULLED","reason":"x"}]},"stream":"${stream}","data":${data},"emitted_at":1}}`,
  (stream, data) => `{"type": "RECORD", "record": {"stream": "${stream}", "é": 1, "data": ${data}, "emitted_at": 1}}`,
];

/** Lines of which each mostly is as the one before but for its values. */
function linesOf(random: Random, count: number): string[] {
  let [stream, shape, envelope, keyIsLast] = ['accounts', shapes[0] as Members, envelopes[0], false];
  return Array.from({ length: count }, (_, at) => {
    if (random(6) === 0) stream = pick(random, ['accounts', 'usage', 'unknown']);
    if (random(6) === 0) shape = pick(random, shapes);
    if (random(6) === 0) envelope = pick(random, envelopes);
    if (random(9) === 0) keyIsLast = random(2) === 0;
    const key = `"Key":${random(20) === 0 ? 'null' : `"key ${at}"`}`;
    const members = shape.map(([name, value]) => `"${name}":${value(random)}`);
    const data = keyIsLast ? [...members, key] : [key, ...members];
    return envelope?.(stream, `{${data.join(',')}}`) ?? '';
  });
}

t.test('what came before a record changes nothing of its row', async (t) => {
  for (const seed of [1]) {
    const lines = linesOf(randomFrom(seed), 250);
    const together = await take(t, lines);
    const apart: Outcome[] = [];
    for (const line of lines) apart.push(await take(t, [line]));
    for (const stream of ['accounts', 'usage'])
      t.same(
        together.rows[stream],
        apart.flatMap(({ rows }) => rows[stream] ?? []),
      );
    t.same(
      together.others,
      apart.flatMap((outcome) => outcome.others),
    );
    t.same(together.warnings, new Set(apart.flatMap(({ warnings }) => [...warnings])));
    t.ok((together.rows['accounts']?.length ?? 0) > 40 && together.others.length > 10);
  }
});

t.test('a line that only begins as usual is checked as any other', async (t) => {
  const usual = (value: string) =>
    `{"type":"RECORD","record":{"stream":"usage","data":{"Key":${value}},"emitted_at":1}}`;
  const before = Array.from({ length: 5 }, (_, at) => usual(`${at}`));
  const broken = [usual('01'), usual('"a'), usual('1').slice(0, -1), `${usual('1')}}`, usual('"\t"'), usual('"\\x"')];
  for (const line of broken)
    await t.rejects(take(t, [...before, line]), { code: 'input_broken', message: /^Line 6 / }, line);
  const noUtf8 = Buffer.from([...before, usual('"\xff"'), ''].join('\n'), 'latin1');
  await t.rejects(takeBytes(t, noUtf8), { code: 'input_broken', message: /UTF-8/ });
  const long = usual(`"${'x'.repeat(3_000_000)}"`);
  const wide = usual(`1,${Array.from({ length: 20_000 }, (_, at) => `"c${at}":1`).join(',')}`);
  const { rows } = await take(t, [...before, long, usual('5'), wide, usual('6'), usual('7')]);
  t.same(
    rows['usage']?.map((row) => row.slice(0, 9)),
    ['0,', '1,', '2,', '3,', '4,', 'xxxxxxxxx', '5,', '1,', '6,', '7,'],
  );
});

t.test('columns lie elsewhere after a record of another shape behind another head', async (t) => {
  const usual = (at: number) =>
    `{"type":"RECORD","record":{"stream":"usage","data":{"Key":${at},"Name":"n"},"emitted_at":1}}`;
  const other =
    '{"record":{"stream":"usage","data":{"Name":"m","Another_column":9,"Key":8},"emitted_at":1},"type":"RECORD"}';
  const { rows } = await take(t, [usual(1), usual(2), usual(3), other, usual(4), usual(5), usual(6)]);
  t.same(rows['usage'], ['1,n', '2,n', '3,n', '8,m', '4,n', '5,n', '6,n']);
});
