import { join } from 'node:path';
import t from 'tap';
import { FakeClock } from '../../integration_tests/support/fake_clock.ts';
import { help, optionsOf } from './command_line.ts';
import { faultNames, Unusable } from './written_files.ts';

const clock = new FakeClock();

/** What is said of a command line; files are in the folder. */
function saidOf(words: readonly string[]): string {
  try {
    optionsOf(words, clock);
    return 'nothing';
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    return error.message;
  }
}

t.test('options', async (t) => {
  const words = '--port 4010 --access-key K --calls-per-hour 0 --list-lag-seconds 2 --all-calls --no-keep-rows';
  const given = [...words.split(' '), '--object-calls-per-minute', '0'];
  t.match(optionsOf(given, clock), {
    ...{ port: 4010, accessKey: 'K', callsPerHour: null, callsPerDay: 100, listLag: 2000, keepRows: false },
    ...{ countedCalls: 'all_calls', metadata: 'on', script: [], unknownObject: 'absent', pendingSeconds: 1 },
    objectApi: { callsPerMinute: null, callsPerDay: 50_000 },
  });
  t.equal(optionsOf(['--help'], clock), undefined);
  t.equal(optionsOf(['-h'], clock), undefined);
  for (const fault of faultNames) t.match(help, new RegExp(`[ ,]${fault}[,\n]`), `the help names ${fault}`);
});

t.test('options of the object API and of sign-in', async (t) => {
  const given =
    '--no-bulk-api --oauth-client app:a:b --oauth-seconds 60 --oauth-without-bulk --object-calls-per-minute 3 ' +
    '--object-calls-per-day 0 --object-in-filter ignored --object-keys loose --object-types strict ' +
    '--object-errors nameless --object-query-lag-seconds 2';
  t.match(optionsOf(given.split(' '), clock), {
    ...{ bulkApi: 'off', metadata: 'on', oauth: { id: 'app', secret: 'a:b', tokenSeconds: 60, opensBulk: false } },
    objectApi: {
      ...{ access: 'on', callsPerMinute: 3, callsPerDay: null, inFilter: 'ignored', keys: 'loose' },
      ...{ types: 'strict', recordErrors: 'nameless', queryLag: 2000 },
    },
  });
  t.match(optionsOf(['--no-object-api'], clock), { bulkApi: 'on', oauth: undefined, objectApi: { access: 'off' } });
});

t.test('every example of the help is a command line', async (t) => {
  const folder = t.testdir({ 'objects.json': '{"Company": {"fields": {}}}' });
  const examples = [...help.matchAll(/^ {4}npm run sandbox -- (.*)$/gm)].map(([, words = '']) => words);
  t.equal(examples.length, 6);
  for (const words of examples) {
    const args = [...words.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain);
    t.equal(saidOf(args.map((each) => (each.endsWith('.json') ? join(folder, each) : each))), 'nothing', words);
  }
});

t.test('what is wrong with a command line is said in one sentence', async (t) => {
  const cases: readonly [words: string, said: string][] = [
    ['--prot 4010', 'There is no option "--prot": did you mean --port?'],
    ['--callsperhour 3', 'There is no option "--callsperhour": did you mean --calls-per-hour?'],
    ['--nonsense', 'There is no option "--nonsense"'],
    ['-p 4010', 'There is no option "-p"'],
    ['4010', '"4010" is no option: options begin with --'],
    ['--port', '--port needs a value after it'],
    ['--port x', '--port needs a whole number, not "x"'],
    ['--port 70000', '--port needs a number up to 65535, not 70000'],
    ['--no-metadata=yes', '--no-metadata takes no value'],
    ['--unknown-object 418', '--unknown-object needs one of 400, 404, absent, result_false, not "418"'],
    ['--object-keys fuzzy', '--object-keys needs one of exact, loose, not "fuzzy"'],
    ['--oauth-client app', '--oauth-client needs an id and a secret with a colon between them'],
    ['--oauth-seconds 60', '--oauth-seconds needs --oauth-client beside it'],
    ['--oauth-without-bulk', '--oauth-without-bulk needs --oauth-client beside it'],
    ['--objects /nowhere.json', '"/nowhere.json" cannot be used: there is no such file'],
    ['--script /', '"/" cannot be used: it is a folder'],
  ];
  for (const [words, said] of cases) t.equal(saidOf(words.split(' ')), said, words);
});

t.test('what is wrong with a file of objects is said with its place, all faults at once', async (t) => {
  const cases: readonly [text: string, said: string][] = [
    ['', 'it is empty'],
    [
      '{"Company": {"fields": {},}}',
      'it is not JSON: line 1, column 27: a name in double quotes is expected; the last entry of a group has no comma after it',
    ],
    ['[]', 'it must be a group: { … }'],
    ['{"Company": {}}', 'it.Company needs "fields"'],
    [
      '{"Company": {"felds": {}, "fields": {}}}',
      'it.Company has "felds", which does not exist: did you mean "fields"?',
    ],
    [
      '{"Company": {"fields": {"A": {"type": "strnig"}, "B": {"picklist": "New"}, "C": {"maxLenght": 3}, "D": {"type": 3}}}}',
      '\n  1. it.Company.fields.A.type cannot be "strnig": did you mean "string"?' +
        '\n  2. it.Company.fields.B.picklist must be a list: [ … ]' +
        '\n  3. it.Company.fields.C has "maxLenght", which does not exist: did you mean "maxLength"?' +
        '\n  4. it.Company.fields.D.type cannot be 3: there are string, number, boolean, date, datetime',
    ],
  ];
  for (const [text, said] of cases) {
    const path = join(t.testdir({ 'objects.json': text }), 'objects.json');
    t.equal(saidOf(['--objects', path]), `"${path}" cannot be used:${said.startsWith('\n') ? '' : ' '}${said}`, text);
  }
});

t.test('what is wrong with a rule is said, with the nearest name', async (t) => {
  const cases: readonly [text: string, said: string][] = [
    ['{"on": "submit", "do": {"kind": "fial"}}', 'rule 1 has no fault "fial": did you mean "fail"?'],
    ['{"on": "sumbit", "do": {"kind": "fail"}}', 'rule 1.on cannot be "sumbit": did you mean "submit"?'],
    ['{"on": "submit", "do": {"kind": "fail", "message": 3}}', 'rule 1.do.message must be a text'],
    [
      '{"on": "submit", "do": {"kind": "fail", "after": 3}}',
      'rule 1.do has "after", which does not exist: there are kind, afterRows, message',
    ],
    ['{"on": "status", "do": {"kind": "status"}}', 'rule 1.do needs "status"'],
    [
      '{"on": "submit", "do": {"kind": "row_number_base", "base": 7}}',
      'rule 1.do.base cannot be 7: there are 0, 1, 2, physical_lines',
    ],
    ['{"on": "submit"}', 'rule 1 needs "do"'],
    ['{"on": "submit", "do": {}}', 'rule 1.do needs "kind"'],
    ['{"on": "list", "do": {"kind": "fail"}}', 'rule 1: "fail" affects a job, so it requires "submit"'],
    ['3', 'rule 1 must be a group: { … }'],
  ];
  for (const [text, said] of cases) t.equal(saidOf(['--fault', text]), `--fault cannot be used: ${said}`, text);
  t.equal(
    saidOf(['--fault', '[{"on":"list","do":{"kind":"empty"}},{"on":"any","do":{"kind":"delay","seconds":1}}]']),
    'nothing',
  );
  const path = join(t.testdir({ 'script.json': '{}' }), 'script.json');
  t.match(saidOf(['--script', path]), /cannot be used: it must be a list of rules/);
});
