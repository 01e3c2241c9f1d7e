/** `npm run test:pages`: opens all pages in headless Chromium. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageFolder } from '../image/names.ts';
import { missingTools } from '../support/debian_tools.ts';

const missing = missingTools({ chromium: 'chromium' });
if (missing === undefined) {
  const check = join(packageFolder, 'build/integration_tests/pages/pages.check.js');
  const args = ['tap', 'run', '--disable-coverage', '--timeout=600', ...process.argv.slice(2), check];
  process.exitCode = spawnSync('npx', args, { cwd: packageFolder, stdio: 'inherit' }).status ?? 1;
} else {
  process.stdout.write(`SKIPPED: no page was opened in a browser: ${missing}.\n`);
}
