/** How a tenant numbers rows, learnt from the values that its errors quote: from which errors, and never wrongly. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { pick, type Random, randomFrom } from '../../../integration_tests/support/random.ts';
import { fill, header, openSpool, planOf } from '../../../integration_tests/support/spool.ts';
import type { BulkJobError } from '../../gainsight/contract.ts';
import { RowErrors, RowNumbering } from '../../gainsight/row_errors.ts';
import type { Batch, RowBase } from '../../model.ts';
import type { FieldRule } from '../../sandbox/options.ts';
import { rowErrors } from '../../sandbox/row_errors.ts';
import { type RowProblem, refusal } from '../../sandbox/rules.ts';
import { FilePool } from '../../spool/file_pool.ts';
import { valueEvidence } from './numbering_by_values.ts';
import { outcomeOf } from './reconcile.ts';

/** Makes files of rows with a key and a name. */
async function filesOf(t: Test): Promise<(names: readonly string[]) => Promise<Batch>> {
  const folder = mkdtempSync(join(tmpdir(), 'numbering-'));
  const spool = await openSpool(folder, new FilePool());
  t.teardown(async () => {
    await spool.remove();
    rmSync(folder, { recursive: true });
  });
  return (names) => fill(spool.openBatch(planOf('UPSERT'), header), names.map(csvCell)).close('end');
}

function csvCell(name: string): string {
  return /[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}

/** The problems of a file, as the sandbox finds them: the line of a row counts line breaks in the cells before it. */
function problemsOf(names: readonly string[], rule: FieldRule): RowProblem[] {
  let line = 2;
  return names.flatMap((name, row) => {
    const message = refusal('Name', rule, name);
    const problem = message === undefined ? [] : [{ row, line, field: 'Name', message }];
    line += name.split('\n').length;
    return problem;
  });
}

const quoting = (rowNumber: number, text: string, fieldName: string | undefined = 'Name'): BulkJobError => ({
  rowNumber,
  ...(fieldName !== undefined && { fieldName }),
  errorMessage: `Value "${text}" is not allowed`,
});

t.test('what the quoted values of a file show', async (t) => {
  const close = await filesOf(t);
  const names = ['a', 'x1', 'b', 'c', 'x2', 'd', 'e', 'Gold', 'f', 'Gold'];
  const cases: [string, BulkJobError[], RowBase[] | undefined, RowBase | undefined][] = [
    ['two rows prove 2', [quoting(3, 'x1'), quoting(6, 'x2')], [2, 'physical'], 2],
    ['two rows prove 1', [quoting(2, 'x1'), quoting(5, 'x2')], [1], 1],
    ['two rows prove 0', [quoting(1, 'x1'), quoting(4, 'x2')], [0], 0],
    ['one row proves nothing, as its number may be wrong', [quoting(2, 'x1')], [1], undefined],
    ['the same row twice is one', [quoting(2, 'x1'), quoting(2, 'x1')], [1], undefined],
    ['a contradiction proves nothing', [quoting(2, 'x1'), quoting(6, 'x2')], [], undefined],
    ['nor do values that rows have which no error names', [quoting(8, 'Gold'), quoting(2, 'x1')], [1], undefined],
    ['a value that all its rows are named for', [quoting(8, 'gold '), quoting(10, ' GOLD')], [1], 1],
    ['a text that is in no cell of the field', [quoting(2, 'y'), quoting(5, '4')], undefined, undefined],
    ['another field', [quoting(2, 'x1', 'Key'), quoting(5, 'x2', 'Key')], undefined, undefined],
    ['a field that is not sent', [quoting(2, 'x1', 'Size'), quoting(5, 'x2', 'Size')], undefined, undefined],
    ['no quotation', [{ rowNumber: 2, fieldName: 'Name', errorMessage: 'bad' }], undefined, undefined],
    [
      'other quotation marks',
      [2, 5].map((at, of) => ({ rowNumber: at, fieldName: 'NAME', errorMessage: `'x${of + 1}'` })),
      [1],
      1,
    ],
    [
      'a field that only the message names',
      [2, 5].map((at, of) => ({ rowNumber: at, errorMessage: `Name “x${of + 1}”?` })),
      [1],
      1,
    ],
  ];
  for (const [name, errors, fitting, proven] of cases) {
    const found = await valueEvidence(await close(names), RowErrors.of(errors));
    t.same(found && [...found.fitting], fitting, name);
    t.equal(found?.proven, proven, name);
  }
});

t.test('a row whose cell is quoted in another form is not taken for the one beside it', async (t) => {
  const close = await filesOf(t);
  const good = ['e', 'f', 'g', 'h', 'i'];
  // Of each pair the second row is rejected, by its number from 1, and its error quotes what the first one has.
  const cases: [string, [string, string], [string, string]][] = [
    ['cut off', ['Acme Corp.', 'Acme Corp. Ltd'], ['Zeta Group', 'Zeta Group Inc']],
    ['without zeros at its beginning', ['7', '007'], ['8', '008']],
    ['without accents', ['Muller', 'Müller'], ['Cafe', 'Café']],
    ['with fewer blanks', ['A B', 'A  B'], ['C D', 'C  D']],
    ['rounded', ['11', '10.6'], ['21', '20.7']],
  ];
  for (const [name, [one, bad], [two, worse]] of cases) {
    const batch = await close(['a', 'b', one, bad, 'c', two, worse, ...good]);
    const found = await valueEvidence(batch, RowErrors.of([quoting(4, one), quoting(7, two)]));
    t.equal(found?.proven, undefined, name);
  }
});

t.test('values that are allowed are not taken for those of rejected rows', async (t) => {
  const close = await filesOf(t);
  const batch = await close(['Gold', 'Lead', '', 'Silver', 'Customer', '', '', '', '']);
  const allowed = (rowNumber: number) => ({
    rowNumber,
    fieldName: 'Name',
    errorMessage: 'must be one of "Gold", "Silver"',
  });
  t.equal((await valueEvidence(batch, RowErrors.of([allowed(2), allowed(5)])))?.proven, undefined);
});

t.test('lines are distinguished from rows where a cell before has a line break', async (t) => {
  const close = await filesOf(t);
  const names = ['a\nb', 'x1', 'b', 'c', 'x2', 'd', 'e'];
  const under = async (...numbers: [number, number]) =>
    (await valueEvidence(await close(names), RowErrors.of(numbers.map((at, of) => quoting(at, `x${of + 1}`)))))?.proven;
  t.equal(await under(4, 7), 'physical');
  t.equal(await under(3, 6), 2);
});

/** One file of a tenant, and its errors; `isTrue`: all of them say the truth. */
interface Job {
  readonly names: readonly string[];
  readonly rejected: ReadonlySet<number>;
  readonly errors: readonly BulkJobError[];
  readonly isTrue: boolean;
}

const rules: readonly FieldRule[] = [
  { maxLength: 8 },
  { picklist: ['Gold', 'Silver', 'Tin'] },
  { required: true, picklist: ['Gold'] },
];
const lies = ['none', 'another number', 'a number at the end', 'one is missing', 'one comes twice'] as const;

/** Lets one error lie. A number that no row of the file has proves a numbering alone, so there it is one of several. */
function distort(
  random: Random,
  errors: BulkJobError[],
  { rows, first, lie }: { readonly rows: number; readonly first: number; readonly lie: (typeof lies)[number] },
): void {
  const at = random(Math.max(1, errors.length));
  const changed = errors[at];
  if (!changed) return;
  const ends = [0, 1, rows - 1, rows, rows + 1, rows + 2];
  if (lie === 'another number') errors[at] = { ...changed, rowNumber: first + random(rows) };
  if (lie === 'a number at the end' && errors.length > 2) errors[at] = { ...changed, rowNumber: pick(random, ends) };
  if (lie === 'one is missing') errors.splice(at, 1);
  if (lie === 'one comes twice') errors.push({ ...changed });
}

function jobOf(random: Random, base: RowBase, rule: FieldRule, lie: (typeof lies)[number]): Job {
  const rows = 2 + random(120);
  const share = pick(random, [5, 20, 60]);
  const good = rule.picklist ?? ['Ada', 'Bob', 'Cy', 'two\nlines'];
  const bad = pick(random, [['Lead', ''], ['Lead'], ['much too long', 'far too long'], ['too long, too']]);
  const names = Array.from({ length: rows }, (_, at) => {
    if (random(100) >= share) return pick(random, good);
    return random(2) === 0 ? pick(random, bad) : `too long, as no. ${at}`;
  });
  const problems = problemsOf(names, rule);
  const own = base === 'physical' ? 'physical_lines' : base;
  const errors = rowErrors(problems, own, [
    { kind: pick(random, ['errors_shuffled', 'counts']), as: 'missing' } as never,
  ]);
  distort(random, errors, { rows, first: base === 'physical' ? 2 : base, lie });
  const isTrue = lie === 'none' || lie === 'one comes twice';
  return { names, rejected: new Set(problems.map(({ row }) => row)), errors, isTrue };
}

/** Three jobs of one sync, one of which may have an error that lies: what they teach, and what of it is wrong. */
async function learn(close: Awaited<ReturnType<typeof filesOf>>, seed: number) {
  const random = randomFrom(seed);
  const base = pick<RowBase>(random, [0, 1, 2, 'physical']);
  const [rule, numbering] = [pick(random, rules), new RowNumbering('auto')];
  const lieAt = random(4);
  const wrong: string[] = [];
  for (let number = 0; number < 3; number += 1) {
    const job = jobOf(random, base, rule, number === lieAt ? pick(random, lies) : 'none');
    const batch = await close(job.names);
    const { rejected } = await outcomeOf(batch, 'J', job.rejected.size, RowErrors.of(job.errors), numbering);
    await batch.remove();
    const { proven } = numbering;
    // In files without line breaks lines are the same as rows from 2.
    if (proven !== undefined && proven !== base && !(base === 'physical' && proven === 2))
      wrong.push(`seed ${seed}, job ${number}: ${proven} instead of ${base}`);
    const taken = [...rejected].filter(({ row, sure }) => sure && job.isTrue && !job.rejected.has(row));
    wrong.push(...taken.map(({ row }) => `seed ${seed}, job ${number}: row ${row} of ${[...job.rejected]}`));
  }
  return { base, wrong, isLearnt: numbering.proven !== undefined };
}

t.test('what is learnt is never wrong, however rows are numbered and whatever one error says', async (t) => {
  const close = await filesOf(t);
  const learnt = new Map<RowBase, number>([0, 1, 2, 'physical'].map((base) => [base as RowBase, 0]));
  for (let seed = 0; seed < 600; seed += 1) {
    const { base, wrong, isLearnt } = await learn(close, seed);
    if (wrong.length > 0) t.same(wrong, []);
    if (isLearnt) learnt.set(base, (learnt.get(base) ?? 0) + 1);
  }
  for (const [base, times] of learnt) t.ok(times > 100, `${base} was learnt ${times} times`);
});

t.test('one job with a few rejected rows is enough', async (t) => {
  const close = await filesOf(t);
  for (const base of [0, 1, 2] as const) {
    for (let seed = 0; seed < 60; seed += 1) {
      const random = randomFrom(seed);
      const names = Array.from({ length: 200 }, (_, at) =>
        at % 20 === random(4) ? pick(random, ['Lead', `name ${at}`]) : pick(random, ['Gold', 'Silver']),
      );
      names[random(200)] = 'Lead';
      names[random(200)] = 'Dormant';
      const problems = problemsOf(names, { picklist: ['Gold', 'Silver'] });
      const numbering = new RowNumbering('auto');
      const errors = RowErrors.of(rowErrors(problems, base, []));
      const { rejected } = await outcomeOf(await close(names), 'J', problems.length, errors, numbering);
      t.same(
        [...rejected].map(({ row, sure }) => [row, sure]),
        problems.map(({ row }) => [row, true]),
        `${base}, ${seed}`,
      );
    }
  }
});
