/** The outputs that docs/commands.md shows are those of the commands. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import t from 'tap';
import { formatFileName } from '../../src/load/bulk/file_name.ts';
import { setUpCommand } from '../support/command_setup.ts';
import { catalogOf, recordLine, state } from '../support/small_sync.ts';

const root = dirname(createRequire(import.meta.url).resolve('#package.json'));
const page = readFileSync(join(root, 'docs/commands.md'), 'utf8');
const shown = [...page.matchAll(/^```text\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) => block.trimEnd().split('\n'));

const objects = {
  Company: { fields: { Id: {}, Name: { picklist: ['Customer', 'Churned'] }, Seats__gc: { type: 'number' } } },
} as const;

/** Without alignment, numbers, the rest of a file's name, and folders. */
function comparable(line: string): string {
  return line
    .replace(/(?:\t| {2,})/g, ' | ')
    .replace(/\b[a-z2-7]{20}\.\S+/g, 'FILE')
    .replace(/\S*config\.json/g, 'config.json')
    .replace(/\d[\d,]*(?:\.\d+)?/g, '#')
    .replace(/# (?:bytes|kB|MB)/g, '# bytes')
    .trimEnd();
}

t.test('what docs/commands.md shows is printed', async (t) => {
  const config = { streams: [{ stream: 'companies', object: 'Company', key_fields: ['Id'] }] };
  const setup = await setUpCommand(t, { objects }, config);
  writeFileSync(join(setup.folder, 'catalog.json'), JSON.stringify(catalogOf(['companies'])));
  setup.sandbox.addForeignJob({ fileName: 'nightly export.csv', object: 'Person', rows: 7, age: 7200 });
  const path = join(setup.folder, 'companies.csv');
  const rows = Array.from({ length: 40 }, (_, at) => `${at},${at % 4 ? 'Customer' : 'Jane'},${at % 9 ? at : 'many'}\n`);
  writeFileSync(path, `Id,Name,Seats__gc\n${rows.join('')}`);
  const ids = { digest: 'cwhqzfdbmago63mwrpw3', state: '0', send: 'b7wk2m0q9x', token: 'jrcvrklu' };
  const fileName = formatFileName({ ...ids, rows: 40, run: '4711', attempt: 0, stream: 'companies' });
  await setup.client.submit({ object: 'Company', operation: 'UPSERT', keyFields: ['Id'], fileName, path });
  setup.clock.advance(60_000);
  const keys = [...Array.from({ length: 20 }, (_, at) => `"C${at}"`), '"C1"', 'null', 'null'];
  const records = keys.map((key) => `${recordLine('companies', `{"Id":${key},"Name":"Customer"}`)}\n`).join('');
  const stdin = records + state('companies');
  const outputs = await Promise.all([
    setup.run('plan --config CONFIG --catalog FOLDER/catalog.json', { stdin }),
    setup.run('jobs --config CONFIG'),
    setup.run('errors J000002 --config CONFIG'),
  ]);
  const printed = outputs.flatMap(({ stdout }) => stdout.split('\n').map(comparable));
  t.ok(shown.length > 15);
  for (const line of shown) t.ok(printed.includes(comparable(line)), line);
});
