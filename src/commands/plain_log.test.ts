import t from 'tap';
import { Output } from '../airbyte/output.ts';
import { ConnectorError } from '../errors.ts';
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
