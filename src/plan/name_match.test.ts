/** Which of the tenant's names a name of the source means. */
import t from 'tap';
import { matchNames, type Named, nearestOf } from './name_match.ts';

const named = (...names: (string | [name: string, label: string])[]): Named[] =>
  names.map((each) => (typeof each === 'string' ? { name: each } : { name: each[0], label: each[1] }));

const found = (names: readonly string[], known: readonly Named[], plurals = false) => {
  const { matched, ambiguous } = matchNames(names, known, { plurals });
  return {
    matched: Object.fromEntries([...matched].map(([name, { name: field }]) => [name, field])),
    ambiguous: [...ambiguous.keys()],
  };
};

const cases: [what: string, names: string[], known: Named[], matched: object, ambiguous?: string[]][] = [
  ['the same name', ['Name'], named('Name', 'name'), { Name: 'Name' }],
  ['another case', ['ARR', 'NAME'], named('Arr', 'Name'), { ARR: 'Arr', NAME: 'Name' }],
  ['space around it', [' name '], named('Name'), { ' name ': 'Name' }],
  ['snake_case', ['renewal_date'], named('RenewalDate', 'Renewal'), { renewal_date: 'RenewalDate' }],
  ['camelCase', ['renewalDate'], named('Renewal_Date__gc'), { renewalDate: 'Renewal_Date__gc' }],
  ['a custom field', ['annual_revenue'], named('Annual_Revenue__gc'), { annual_revenue: 'Annual_Revenue__gc' }],
  ['a custom field with its ending', ['arr__gc'], named('ARR__gc', 'ARR'), { arr__gc: 'ARR__gc' }],
  ['a label', ['health score'], named(['Cur_Sc__gc', 'Health Score']), { 'health score': 'Cur_Sc__gc' }],
  ['letters of any script', ['größe'], named('Größe__gc'), { größe: 'Größe__gc' }],
  ['nothing alike', ['ab', '_'], named('Name', '__gc'), {}],
  ['a name before a label', ['arr'], named(['X__gc', 'ARR'], 'ARR__gc'), { arr: 'ARR__gc' }],
  [
    'the closest of several columns',
    ['arr', 'ARR', 'a_r_r'],
    named('ARR', 'A_R_R__gc'),
    { ARR: 'ARR', a_r_r: 'A_R_R__gc' },
    // It lost its field to the exact name, and the other to a closer one.
    [],
  ],
  ['a standard and a custom field', ['arr'], named('ARR', 'ARR__gc'), { arr: 'ARR' }],
  ['two fields', ['arr'], named('A_RR__gc', 'AR_R__gc'), {}, ['arr']],
  ['two labels', ['size'], named(['A', 'Size'], ['B', 'Size']), {}, ['size']],
  ['two columns', ['arr', 'Arr'], named('ARR'), {}, ['arr', 'Arr']],
  ['a plural', ['seats'], named('Seat'), {}],
];
for (const [what, names, known, matched, ambiguous = []] of cases)
  t.test(what, async (t) => t.same(found(names, known), { matched, ambiguous }));

t.test('streams may be named in the plural', async (t) => {
  const objects = named('company', ['usage__gc', 'Product Usage'], 'address__gc', 'entries__gc');
  const names = ['companies', 'product_usages', 'address', 'entry'];
  t.same(found(names, objects, true).matched, {
    ...{ companies: 'company', product_usages: 'usage__gc', address: 'address__gc', entry: 'entries__gc' },
  });
});

t.test('the nearest name', async (t) => {
  const known = named('company', ['touchpoint__gc', 'Customer Contact'], 'seats__gc');
  for (const [name, nearest] of [
    ['Compny', 'company'],
    ['Companies', 'company'],
    ['TouchPoints', 'touchpoint__gc'],
    ['customer_contact', 'touchpoint__gc'],
    ['toucpoint', 'touchpoint__gc'],
    ['Custmer Contact', 'touchpoint__gc'],
    ['invoice', undefined],
  ] as const)
    t.equal(nearestOf(name, known)?.name, nearest, name);
});
