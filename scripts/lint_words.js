/**
 * Finds words in comments, texts and documents for which there is a plainer one. `npm run lint` fails on each, with its
 * place and a better word. Identifiers are checked by integration_tests/repository/architecture.test.ts. Plain
 * JavaScript, as it must run before anything is compiled.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

const searched = ['src', 'kernel', 'examples', 'integration_tests', 'bench', 'scripts', 'docs', '.ci'];
const documents = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'spec.json',
  'metadata.yaml',
  'Dockerfile',
];
/** Texts of others, and lists of words such as this one. */
const skipped = [
  'node_modules',
  'integration_tests/fixtures',
  'bench/peers',
  'bench/results',
  'scripts/lint_words',
  'architecture.test.ts',
];

/** Each word as a regular expression, in which a space also matches a line break, and what to write instead. */
const words = [
  ['tells?|telling|told', 'log, report, say, show, distinguish'],
  ['heeds?|heeded|unheeded', 'apply, follow, respect'],
  ['lends?|lent', 'pass, provide'],
  ["(every|some|any|no)body's", "the sync's, the stream's"],
  ['everybody', 'all streams, all callers'],
  ['turnstile', 'priority queue'],
  ['fates?', 'outcome'],
  ['twins?', 'the equal file, the identical one'],
  ['mend|mended|mends|mending', 'correct, repair, fix'],
  ['lest', 'so that … not'],
  ['hinders?|hindered', 'block, prevent'],
  ['whence|thereby|thereof|afresh|anew', 'again, so'],
  ['worth the name', 'useful'],
  ['of before', 'earlier, previous'],
  ['one a line', 'one per line'],
  ['goes in a circle|go in circles?', 'forms a cycle'],
  ['is no field that', 'is not among the fields'],
  ['signed by nobody', 'not signed by an authority'],
  ['made (companies|data|tables?|sets?)', 'generated'],
  ['whoever', 'the caller, the user, code that'],
  ['for good measure|as it were|so to speak', 'leave it out'],
];

/** Comments and strings. Code without them is not checked. */
const proseInCode = /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
const patterns = words.map(([source = '', better = '']) => {
  const spaced = source.replaceAll(' ', '[\\s*/#]+');
  return { pattern: new RegExp(`(?<![\\w.-])(?:${spaced})(?![\\w-])`, 'gi'), better };
});
const anyWord = new RegExp(patterns.map(({ pattern }) => pattern.source).join('|'), 'i');

/**
 * The words found in a file's text.
 * @param {string} path decides whether only comments and strings are read
 * @param {string} text
 * @returns {string[]} each as `path:line: word -> better words`
 */
export function findWords(path, text) {
  if (!anyWord.test(text)) return [];
  const isCode = /\.[jt]s$/.test(path);
  const passages = isCode ? text.matchAll(proseInCode) : [{ 0: text, index: 0 }];
  const found = [];
  for (const { 0: passage, index } of passages) {
    if (isCode && !passage.includes(' ')) continue;
    for (const { pattern, better } of patterns) {
      for (const match of passage.matchAll(pattern)) {
        const line = text.slice(0, index + match.index).split('\n').length;
        found.push(`${path}:${line}: ${match[0].replace(/[\s*/#]+/g, ' ')} -> ${better}`);
      }
    }
  }
  return found;
}

/**
 * The hand-written files of a folder, with forward slashes.
 * @param {string} folder
 * @returns {string[]}
 */
function filesIn(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (skipped.some((start) => path.startsWith(start) || entry.name === start)) return [];
    if (entry.isDirectory()) return filesIn(path);
    return /\.(ts|js|md|sh|json|yaml|yml)$|\/run$/.test(path) && entry.name !== 'package-lock.json' ? [path] : [];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const present = readdirSync(root);
  const files = [...documents.filter((name) => present.includes(name)), ...searched.flatMap(filesIn)];
  const found = files.flatMap((path) => findWords(path, readFileSync(join(root, path), 'utf8')));
  for (const line of found) process.stdout.write(`${line}\n`);
  if (found.length > 0) process.exitCode = 1;
}
