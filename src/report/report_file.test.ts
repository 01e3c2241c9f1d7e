import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeReport } from '../../integration_tests/pages/reports.ts';
import { FolderStorage } from '../settle/rejects/folder_storage.ts';
import {
  checkReportPath,
  loadReportFileName,
  redactedTexts,
  reportFileName,
  writeReport,
  writeReportTo,
} from './report_file.ts';
import type { SyncReport } from './sync_report.ts';

t.test('the files are named by run and attempt, whatever characters the run has', async (t) => {
  t.equal(reportFileName({ run: '42', attempt: 1 }), '42.1.report.json');
  t.equal(reportFileName({ run: 'a/../b', attempt: 0 }, 'html'), 'a_.._b.0.report.html');
  const started_at = '2026-11-30T22:54:54.123Z';
  const ofLoad = loadReportFileName({ run: 'load-abc', attempt: 0, started_at }, 'html');
  t.equal(ofLoad, 'load-abc.0.report.2026-11-30T22.54.54.123Z.html', 'that of a load also by its time');
});

t.test('it has no secrets, however they are spelled', async (t) => {
  const report = { run: '7', host: 'say "key"', settings: { note: 'a "key" in it' } } as unknown as SyncReport;
  const redact = (text: string) => text.replaceAll('"key"', '***');
  t.strictSame(redactedTexts(report, redact), { run: '7', host: 'say ***', settings: { note: 'a *** in it' } });
});

t.test('it is kept as JSON and as a page', async (t) => {
  const folder = t.testdir();
  const report = makeReport({ jobs: 3 });
  const address = await writeReport(new FolderStorage(folder), report, '');
  t.equal(address, join(folder, '4711.0.report.html'));
  t.strictSame(JSON.parse(readFileSync(join(folder, '4711.0.report.json'), 'utf8')), report);
  t.match(readFileSync(address, 'utf8'), /^<!doctype html>/);
});

t.test('a file that a person names has the form that its name says', async (t) => {
  const folder = t.testdir();
  const report = makeReport({ jobs: 3 });
  for (const name of ['a.html', 'b.JSON', 'c']) await writeReportTo(join(folder, name), report);
  t.match(readFileSync(join(folder, 'a.html'), 'utf8'), /^<!doctype html>/);
  t.strictSame(JSON.parse(readFileSync(join(folder, 'b.JSON'), 'utf8')), report);
  t.match(readFileSync(join(folder, 'c'), 'utf8'), /^<!doctype html>/);
});

t.test('where it cannot be written is known before', async (t) => {
  const folder = t.testdir();
  mkdirSync(join(folder, 'below'));
  await checkReportPath(join(folder, 'r.html'));
  await t.rejects(checkReportPath(join(folder, 'below')), {
    code: 'arguments_invalid',
    message: /below": it is a folder/,
  });
  await t.rejects(checkReportPath(join(folder, 'nowhere', 'r.html')), {
    message: /--report cannot be written to .*: ENOENT/,
  });
});
