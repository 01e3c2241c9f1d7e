import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { translate } from './compile.js';
import { readable } from './test_one.js';

const tsconfig = { compilerOptions: { rootDir: '.', outDir: 'build' }, include: ['src'] };

/** A package with these files in `src`. */
function packageOf(t: Test, files: Readonly<Record<string, string>>) {
  const folder = t.testdir({ 'tsconfig.json': JSON.stringify(tsconfig), src: {} });
  const pathOf = (name: string) => join(folder, 'src', name);
  const put = (name: string, text: string) => {
    mkdirSync(join(pathOf(name), '..'), { recursive: true });
    writeFileSync(pathOf(name), text);
  };
  for (const [name, text] of Object.entries(files)) put(name, text);
  const output = (name: string) => join(folder, 'build/src', name);
  return {
    ...{ put, pathOf, output },
    read: (name: string) => readFileSync(output(name), 'utf8'),
    inode: (name: string) => statSync(output(name)).ino,
    translate: () => translate(folder, 'tsconfig.json', {}),
  };
}

t.test('a type error does not stop the compilation', async (t) => {
  const box = packageOf(t, {
    'a.ts': `export const is = (v: 'x') => v === ('y' as 'z');\nexport const n: number = 'n';\n`,
  });
  t.same(box.translate(), []);
  t.match(box.read('a.js'), `export const is = (v) => v === 'y';`);
});

t.test('only outdated outputs are written again, and those without a source are removed', async (t) => {
  const box = packageOf(t, { 'a.ts': 'export const a = 1;', 'b/c.ts': 'export const c = 1;' });
  box.translate();
  const before = [box.inode('a.js'), box.inode('b/c.js')];
  box.translate();
  t.same([box.inode('a.js'), box.inode('b/c.js')], before);
  box.put('a.ts', 'export const a = 2;');
  utimesSync(box.pathOf('a.ts'), new Date(), new Date(Date.now() + 5000));
  box.translate();
  t.match(box.read('a.js'), 'a = 2');
  t.equal(box.inode('b/c.js'), before[1]);
  box.put('old.ts', 'export const old = 1;');
  utimesSync(box.pathOf('old.ts'), new Date(0), new Date(0));
  renameSync(box.pathOf('old.ts'), box.pathOf('a.ts'));
  rmSync(box.pathOf('b/c.ts'));
  box.translate();
  t.match(box.read('a.js'), 'old = 1', 'an older file that was moved here counts as changed');
  t.notOk(existsSync(box.output('b/c.js')));
});

t.test('a file with a syntax error is named, and its old output does not count as new', async (t) => {
  const box = packageOf(t, { 'a.ts': 'export const = 1;', 'b.ts': 'export const b = 1;' });
  for (const _ of ['once', 'again']) t.match(box.translate().join(), /src\/a\.ts.*error TS1/);
  t.match(box.read('b.js'), 'b = 1');
  box.put('a.ts', 'export const a = 1;');
  t.same(box.translate(), []);
});

t.test('of one test file the tests and failures are shown, but no passed assertions', async (t) => {
  const lines = [
    ...['TAP version 14', '# Subtest: one', '    ok 1 - fine', '    not ok 2 - bad', '      ---', '      diff: |'],
    ...[
      '        -a',
      '        +b',
      '      ...',
      '    1..2',
      '    # failed 1 of 2 tests',
      'not ok 1 - one # time=5ms',
      '',
    ],
    ...[
      'ok 2 - two # time=1ms {',
      '    ok 1 - fine',
      '    1..1',
      '}',
      'a line of its own',
      '1..2',
      '# { total: 3, pass: 2 }',
    ],
  ];
  t.same(
    lines.map(readable()).filter((line) => line !== undefined),
    [
      ...['    not ok 2 - bad', '      ---', '      diff: |', '        -a', '        +b', '      ...'],
      ...['not ok 1 - one # time=5ms', 'ok 2 - two # time=1ms {', 'a line of its own', '# { total: 3, pass: 2 }'],
    ],
  );
});
