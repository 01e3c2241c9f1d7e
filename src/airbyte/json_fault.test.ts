import t from 'tap';
import { jsonFault } from './json_fault.ts';
import { parseJson } from './json_file.ts';

const secret = 'k3y-that-nobody-may-see';

const faults: readonly [text: string, fault: string][] = [
  ['{"a": 1', 'line 1, column 8: the text ends, and a comma or } is expected'],
  ['{\n  "a": 1\n  "b": 2\n}', 'line 3, column 3: a comma or } is expected'],
  [
    '{\r\n"a": 1,\r\n}',
    'line 3, column 1: a name in double quotes is expected; the last entry of a group has no comma',
  ],
  ['{"a": [1, 2,]}', 'line 1, column 13: a value is expected'],
  ['{"a": [1 2]}', 'line 1, column 10: a comma or ] is expected'],
  ['{"a" 1}', 'line 1, column 6: a colon is expected'],
  ["{'a': 1}", 'line 1, column 2: a name in double quotes or } is expected'],
  ['{a: 1}', 'line 1, column 2: a name in double quotes or } is expected'],
  [`{"access_key": ${secret}}`, 'line 1, column 16: a value is expected'],
  [`{"access_key": "${secret}}`, 'line 1, column 16: the text that begins here has no closing double quote'],
  [`{"access_key": "${secret}\n"}`, 'line 1, column 16: the text that begins here'],
  ['{"a": "\\x"}', 'line 1, column 7: the text that begins here'],
  ['{"a": 01}', 'line 1, column 7: a value is expected'],
  ['{"a": True}', 'line 1, column 7: a value is expected'],
  ['{"a": trueish}', 'line 1, column 7: a value is expected'],
  ['{"a": 1} {}', 'line 1, column 10: nothing more is expected'],
  ['[1}', 'line 1, column 3: a comma or ] is expected'],
  ['[', 'line 1, column 2: the text ends, and a value or ] is expected'],
];

for (const [text, fault] of faults)
  t.test(`${JSON.stringify(text)} is no JSON`, async (t) => {
    t.throws(() => JSON.parse(text));
    t.match(jsonFault(text), fault);
    t.notMatch(jsonFault(text), secret.slice(0, 4), 'nothing of the text is quoted');
    t.throws(() => parseJson(text, 'config_unreadable'), { message: fault });
  });

t.test('JSON has no fault', async (t) => {
  for (const text of [
    '{}',
    ' [ ] ',
    '"a\\u00e4\\"\\n"',
    '-1.5e+3',
    'null',
    '{"a":{"b":[true,false,null,0,{"c":""}]},"":[[],{}]}\n',
  ]) {
    JSON.parse(text);
    t.equal(jsonFault(text), undefined, text);
  }
});

t.test('wherever a text is cut or changed, it has a fault if and only if the parser refuses it', async (t) => {
  const whole = '{"a": [1, -2.5e3, "x\\"y"], "b": {"c": true, "d": null}}';
  const isJson = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  for (let at = 0; at <= whole.length; at++)
    for (const put of ['', ',', '}', ']', '"', ':', '1', ' ', '\\', '-', '.', 'e', '\n'])
      for (const removed of [0, 1, 2, whole.length]) {
        const text = whole.slice(0, at) + put + whole.slice(at + removed);
        t.equal(jsonFault(text) === undefined, isJson(text), text);
      }
});

t.test('a large text with a fault at its end is searched quickly', async (t) => {
  const text = `{"a": "${'x'.repeat(5_000_000)}", "b": [${'1,'.repeat(500_000)}`;
  t.match(jsonFault(text), /^line 1, column \d+: the text ends/);
});
