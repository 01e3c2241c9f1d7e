/** The word list finds words in prose, names their place, and ignores code. */
import t from 'tap';
import { findWords } from './lint_words.js';

t.test('a word is found in comments, texts and documents, also across lines', async (t) => {
  const found = (path: string, text: string) => findWords(path, text).map((line) => line.split(' ->')[0]);
  t.same(found('src/a.ts', '/** Is told\n * once. */\nconst a = 1; // heeds it'), [
    'src/a.ts:1: told',
    'src/a.ts:3: heeds',
  ]);
  t.same(found('src/a.ts', "const text = 'rows, one a line';"), ['src/a.ts:1: one a line']);
  t.same(found('src/a.ts', '/**\n * The rows, one\n * a line.\n */'), ['src/a.ts:2: one a line']);
  t.same(found('README.md', 'Here\nnobody is told.'), ['README.md:2: told']);
});

t.test('identifiers, single words in code and words that merely contain one are free', async (t) => {
  const free = [
    'reader.tell();',
    "const kind = 'told';",
    '// Intellectual, foretold, tell-tale, a.tell',
    'lend = mend;',
  ];
  for (const text of free) t.same(findWords('src/a.ts', text), [], text);
});
