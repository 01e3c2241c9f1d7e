import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import t from 'tap';
import { commands } from './table.ts';

const folder = dirname(createRequire(import.meta.url).resolve('#package.json'));

t.test('every entry has a help page, and every command documents its exit codes', async (t) => {
  for (const { name, group, summary, load } of commands) {
    t.match(summary, /^[a-z].*[^.]$/, name);
    const page = await load();
    t.equal('sections' in page, group === 'Topics of help:', `${name} is a page of its group`);
    if ('sections' in page) continue;
    const codes = page.exitCodes.map(([code]) => code);
    const usual = group === 'Commands of Airbyte:' ? ['0', '1'] : ['0', '1', '2'];
    t.same(codes.slice(0, usual.length), usual, name);
    t.ok(
      page.examples.every(([, command]) => command.includes(`destination-gainsight ${name}`)),
      name,
    );
  }
});

t.test('README lists every command', async (t) => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  for (const { name, group } of commands.filter((entry) => entry.group !== 'Topics of help:'))
    t.match(readme, `\n| \`destination-gainsight ${name}`, `${group} ${name}`);
});

t.test('the help names every environment variable that the program reads', async (t) => {
  const sources = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !/\.test\.ts$|^sandbox/.test(path),
  );
  const read = sources.flatMap((path) => {
    const text = readFileSync(join(folder, 'src', path), 'utf8');
    return [...text.matchAll(/\benv\['([A-Z_]+)'\]/g)].flatMap(([, variable = '']) => variable);
  });
  t.ok(read.length > 4);
  const page = await commands.find(({ name }) => name === 'environment')?.load();
  const named = page && 'sections' in page ? page.sections.flatMap(({ items }) => items.map(([term]) => term)) : [];
  // `delete process.env['DEBUG']` removes it.
  t.same(
    [...new Set(read)].filter((variable) => variable !== 'DEBUG' && !named.includes(variable)),
    [],
  );
});
