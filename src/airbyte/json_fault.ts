/** Finds where a text stops being JSON. Its words never contain a piece of the text, which may be a secret. */

/** The next token, after white space: punctuation, a text, or a number or literal. A text has no control characters. */
const token =
  /[ \t\r\n]*(?:([{}[\],:])|("[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*")|((?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])))/y;
const space = /[ \t\r\n]*/y;

type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'comma or ]' | 'comma or }' | 'end';

const words: Readonly<Record<Expected, string>> = {
  value: 'a value is expected: a text in double quotes, a number, true, false, null, { or [',
  'value or ]': 'a value or ] is expected',
  name: 'a name in double quotes is expected; the last entry of a group has no comma after it',
  'name or }': 'a name in double quotes or } is expected',
  colon: 'a colon is expected',
  'comma or ]': 'a comma or ] is expected',
  'comma or }': 'a comma or } is expected',
  end: 'nothing more is expected',
};

/** Where the text stops being JSON, and what is expected there: `line 3, column 7: a comma or } is expected`. */
export function jsonFault(text: string): string | undefined {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  token.lastIndex = 0;
  for (;;) {
    const start = token.lastIndex;
    const [whole, mark, string, scalar] = token.exec(text) ?? [];
    const next = mark ?? (string === undefined ? scalar && 'scalar' : 'text');
    const following: Expected | undefined = whole === undefined ? undefined : after(next as string, expected, open);
    if (following === undefined) return fault(text, start, expected);
    expected = following;
  }
}

/** What may follow a token; undefined: the token itself is not expected. */
function after(next: string, expected: Expected, open: ('{' | '[')[]): Expected | undefined {
  const isValueExpected = expected === 'value' || expected === 'value or ]';
  switch (next) {
    case '{':
    case '[':
      if (!isValueExpected) return undefined;
      open.push(next);
      return next === '{' ? 'name or }' : 'value or ]';
    case '}':
    case ']':
      if (!expected.endsWith(`or ${next}`)) return undefined;
      open.pop();
      return afterValue(open);
    case ',':
      if (!expected.startsWith('comma')) return undefined;
      return open.at(-1) === '{' ? 'name' : 'value';
    case ':':
      return expected === 'colon' ? 'value' : undefined;
    case 'text':
      if (expected.startsWith('name')) return 'colon';
      return isValueExpected ? afterValue(open) : undefined;
    default:
      return isValueExpected ? afterValue(open) : undefined;
  }
}

function afterValue(open: readonly ('{' | '[')[]): Expected {
  const group = open.at(-1);
  if (group === undefined) return 'end';
  return group === '{' ? 'comma or }' : 'comma or ]';
}

function fault(text: string, start: number, expected: Expected): string | undefined {
  space.lastIndex = start;
  space.exec(text);
  const at = space.lastIndex;
  const isAtEnd = at === text.length;
  if (isAtEnd && expected === 'end') return undefined;
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  return `line ${line}, column ${column}: ${isAtEnd ? `the text ends, and ${words[expected]}` : reason(text[at], expected)}`;
}

function reason(first: string | undefined, expected: Expected): string {
  const isTextExpected = expected.startsWith('value') || expected.startsWith('name');
  if (first === '"' && isTextExpected)
    return 'the text that begins here has no closing double quote, or contains a line break or an unknown escape';
  return words[expected];
}
