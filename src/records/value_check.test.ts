/** Values of encoded rows: the quick look of the kernel misses nothing, and what is counted may be logged. */
import fc from 'fast-check';
import t from 'tap';
import { encoderOf } from '../../integration_tests/support/encoder.ts';
import type { FieldDescription } from '../model.ts';
import { ValueCheck, type ValueCheckOptions } from './value_check.ts';
import { misfitOf, ruleOf, type ValueRule } from './value_rules.ts';

const option = (label: string, active = true) => ({ label, active, id: `1I00${label.length}` });
const options = [option('Open'), option('Closed, "won"'), option('naïve – ja'), option('Old', false)];
const ruleFor = (dataType: string, meta: Partial<FieldDescription> = {}): ValueRule => {
  const rule = ruleOf({ name: 'F', dataType, options, lookupObjects: [], ...meta }, options);
  if (!rule) throw new Error(`no rule for ${dataType}`);
  return rule;
};

/** A check of rows with the columns A, B …, each with its rule. */
function setUp(rules: readonly ValueRule[], more: Partial<ValueCheckOptions> = {}, keys: readonly number[] = []) {
  const columns = rules.map((_, at) => String.fromCharCode(97 + at));
  const byColumn = new Map(rules.entries());
  const formats = { null_text: more.nullText ?? '' };
  const { encoder, encode, plan } = encoderOf({ columns, keys, formats, rules: byColumn });
  const checkOf = () =>
    new ValueCheck(plan, { rules: byColumn, rejects: false, nullText: '', detail: 'keys', ...more });
  const check = checkOf();
  const judge = (data: object, by = check) => {
    encode(JSON.stringify(data));
    return by.judge(encoder);
  };
  /** By a check that has counted nothing yet. */
  const judgeBy = (data: object) => {
    const fresh = checkOf();
    judge(data, fresh);
    return fresh;
  };
  return { check, judge, judgeBy };
}

const misfits = (check: ValueCheck) => check.found.map(({ field, count, reason }) => `${field} ${count}: ${reason}`);

const rules: Record<string, ValueRule> = {
  'a text of 5': ruleFor('STRING', { length: 5 }),
  'a text of any length': ruleFor('STRING'),
  'a whole number': ruleFor('NUMBER', { decimals: 0 }),
  'a number of 3 decimals': ruleFor('NUMBER', { decimals: 3 }),
  'any number': ruleFor('NUMBER'),
  'a boolean': ruleFor('BOOLEAN'),
  'a date': ruleFor('DATETIME'),
  'a picklist': ruleFor('PICKLIST'),
};

/** As the connector sends it. */
const plainEncoder = encoderOf({ columns: ['a'] });
function plain(value: number): string {
  return plainEncoder.encode(JSON.stringify({ a: value })).row.trim();
}

const digits = fc.stringMatching(/^-?\d{0,20}(\.\d{0,5})?$/);
const dates = fc.stringMatching(
  /^\d{4}-[01]\d-[0-3]\d([T ][0-2]\d:[0-6]\d(:[0-6]\d(\.\d{0,7})?)?(Z|[+-][0-2]\d(:?[0-6]\d)?)?)?$/,
);
const near = fc.constantFrom(
  ...options.map(({ label }) => label),
  '1I004',
  'true',
  'fals',
  'FALSE',
  '1',
  '2',
  'null',
  '<b>',
);
const broken = fc.tuple(
  fc.oneof(digits, dates, near),
  fc.nat(),
  fc.constantFrom('', 'x', ':', '<', '>', '/', '5', ' '),
);
const values = fc.oneof(
  digits,
  dates,
  near,
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  broken.map(([text, at, by]) => text.slice(0, at % (text.length + 1)) + by + text.slice((at % (text.length + 1)) + 1)),
);

for (const [name, rule] of Object.entries(rules)) {
  t.test(`the quick look at ${name} agrees with the rule for any value`, async (t) => {
    const { judgeBy } = setUp([rule, ruleFor('STRING')]);
    fc.assert(
      fc.property(values, (value) => {
        const check = judgeBy({ a: value, b: 'after it' });
        const sent = typeof value === 'number' ? plain(value) : String(value);
        const wanted = misfitOf(rule, sent);
        if (misfits(check).join() !== (wanted ? `A 1: ${wanted.reason}` : ''))
          throw new Error(`${JSON.stringify(value)}: ${misfits(check)} instead of ${wanted?.reason}`);
      }),
      { numRuns: 600 },
    );
    t.pass();
  });
}

t.test('null, missing and empty values fit, whatever stands for null', async (t) => {
  for (const nullText of ['', 'NULL']) {
    const { check, judge } = setUp(Object.values(rules), { nullText });
    judge({ a: null, b: '', c: null, d: '', e: null, f: '', g: null });
    t.same(misfits(check), [], nullText);
    judge({ a: 'a long text', c: 'NULL' });
    const says = ['A 1: the text is longer than the field, which takes 5 characters', 'C 1: the value is no number'];
    t.same(misfits(check), says, nullText);
  }
});

t.test('each value that does not fit counts, by field and reason', async (t) => {
  const { check, judge } = setUp([ruleFor('PICKLIST'), ruleFor('NUMBER', { decimals: 1 })]);
  judge({ a: 'Old', b: 1.25 });
  judge({ a: 'Lost', b: 'x' });
  judge({ a: 'Lost', b: 2 });
  t.same(misfits(check), [
    'A 1: the value is an item of the picklist that is not active',
    'A 2: the value is no item of the picklist',
    'B 1: the number has more decimal places than the field, which has 1',
    'B 1: the value is no number',
  ]);
});

t.test('rejected are rows with any such value but markup, and their values are not counted', async (t) => {
  const { check, judge } = setUp([ruleFor('STRING'), ruleFor('BOOLEAN')], { rejects: true });
  t.equal(judge({ a: '<b>', b: true }), undefined);
  t.same(judge({ a: '<b>', b: 'maybe' }), { field: 'B', reason: 'the value is not true, false, 1 or 0' });
  t.same(misfits(check), ['A 1: the value contains markup in angle brackets, and the field is no rich text']);
});

t.test('examples show what may be logged, three at most', async (t) => {
  const long = 'x'.repeat(200);
  const rows = [
    { a: 'K1', b: long },
    { a: 'K2', b: long },
    ...['one', 'two', 'six'].map((b, at) => ({ a: `K${at + 3}`, b })),
  ];
  const shown = (detail: ValueCheckOptions['detail'], keys: readonly number[]) => {
    const { check, judge } = setUp([ruleFor('STRING'), ruleFor('NUMBER')], { detail }, keys);
    for (const row of rows) judge(row);
    t.equal(check.found[0]?.count, 5);
    return check.found[0]?.samples;
  };
  t.same(shown('none', [0]), []);
  t.same(shown('keys', [0]), [{ key: { A: 'K1' } }, { key: { A: 'K2' } }, { key: { A: 'K3' } }]);
  t.same(shown('keys', []), []);
  const [first, ...others] = [`${'x'.repeat(100)}…`, 'one', 'two'];
  t.same(
    shown('full_row', []),
    [first, ...others].map((value) => ({ value })),
  );
  t.same(shown('full_row', [0]), [
    { key: { A: 'K1' }, value: first },
    { key: { A: 'K3' }, value: 'one' },
    { key: { A: 'K4' }, value: 'two' },
  ]);
});

t.test('a value that the source did not read is none', async (t) => {
  const { encoder, encode, plan } = encoderOf({
    ...{ columns: ['a', 'b'], keys: [0], unreadableValues: 'separate_file', rules: new Map([[1, ruleFor('NUMBER')]]) },
  });
  const check = new ValueCheck(plan, {
    rules: new Map([[1, ruleFor('NUMBER')]]),
    rejects: true,
    nullText: '',
    detail: 'keys',
  });
  encode('{"a":"K1","b":"__debezium_unavailable_value"}');
  t.equal(check.judge(encoder), undefined);
  t.same(misfits(check), []);
});
