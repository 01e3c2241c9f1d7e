import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { FolderStorage } from '../settle/rejects/folder_storage.ts';
import { reportFileName, writeReport } from './report_file.ts';
import type { SyncReport } from './sync_report.ts';

t.test('the file is named by run and attempt, whatever characters the run has', async (t) => {
  t.equal(reportFileName({ run: '42', attempt: 1 }), '42.1.report.json');
  t.equal(reportFileName({ run: 'a/../b', attempt: 0 }), 'a_.._b.0.report.json');
});

t.test('it is JSON without secrets, however they are spelled', async (t) => {
  const folder = t.testdir();
  const report = {
    run: '7',
    attempt: 0,
    host: 'say "key"',
    settings: { note: 'a "key" in it' },
  } as unknown as SyncReport;
  const address = await writeReport(new FolderStorage(folder), report, '', (text) => text.replaceAll('"key"', '***'));
  t.equal(address, join(folder, '7.0.report.json'));
  t.strictSame(JSON.parse(readFileSync(address, 'utf8')), {
    ...{ run: '7', attempt: 0, host: 'say ***', settings: { note: 'a *** in it' } },
  });
});
