import t from 'tap';
import { Output } from '../airbyte/output.ts';
import { ConnectorError, errorTable, spokenToLoader } from '../errors.ts';
import { stoppedLine } from '../settle/log_lines.ts';
import { plainLog } from './plain_log.ts';

t.test('a person reads lines, and each failure once and apart', async (t) => {
  const [log, faults]: string[][] = [[], []];
  const to = (lines: string[] | undefined) => ({ write: (text: string) => lines?.push(text) });
  const output = new Output(plainLog(to(log), to(faults)), { secrets: ['a-secret-key'], clock: { now: () => 0 } });
  const error = new ConnectorError('gainsight_unavailable', { words: 'ECONNREFUSED a-secret-key' });
  output.log('INFO', 'Plan: 1 file');
  output.log('WARN', 'rejected row {}');
  output.log('ERROR', error.message);
  output.message({ type: 'SPEC', spec: { connectionSpecification: {} } });
  output.log('INFO', 'x'.repeat(100_000));
  output.trace(error);
  output.trace(new ConnectorError('rate_limited', { words: '429' }));
  await output.flush();
  t.strictSame(log, ['Plan: 1 file\n', 'WARN rejected row {}\n', `${'x'.repeat(100_000)}\n`]);
  t.strictSame(faults, [
    'Gainsight cannot be reached: ECONNREFUSED ***. Run the command again.\n',
    'Gainsight answers that too many calls were made: 429. Run the command again.\n',
  ]);
});

/** Errors in which a load can end. */
const ofLoads = [
  ...([
    'job_failed',
    'job_failed_by_gainsight',
    'counts_wrong',
    'insert_uncertain',
    'quota_spent',
    'rate_limited',
  ] as const),
  ...([
    'gainsight_unavailable',
    'submission_lost',
    'job_deadline',
    'job_gone',
    'disk_failed',
    'spool_changed',
  ] as const),
  ...(['bucket_unavailable', 'mapping_unfit', 'job_came_late'] as const),
];

t.test('a person reads to give the command again, where a sync would be repeated', async (t) => {
  const lines = [false, true].map((isRead) =>
    stoppedLine('SIGINT', isRead ? ({ kind: 'file', files: 0, of: 1 } as const) : undefined, []),
  );
  const errors = ofLoads.map((code) => Object.values(errorTable[code]).slice(1).join(' '));
  for (const text of [...lines, ...errors]) {
    const spoken = spokenToLoader(text);
    t.notMatch(spoken, /Airbyte|[Tt]he source sends|[Ss]tart the sync|next sync|sync again|connection/, text);
  }
  for (const line of lines) t.match(spokenToLoader(line), /Run the command again: it sends what was not proven\.$/);
});
