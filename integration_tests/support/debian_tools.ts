/** Programs that tests need besides Node, and how they are installed. */
import { ask, succeeds } from './commands.ts';

/**
 * Installs what is missing, if this is root on a Debian.
 * @param tools Debian's packages, and the program of each
 * @returns undefined if everything is there, otherwise a sentence that says what is missing
 */
export function missingTools(tools: Readonly<Record<string, string>>): string | undefined {
  const missing = Object.entries(tools).flatMap(([name, program]) => (succeeds(program, ['--version']) ? [] : [name]));
  if (missing.length === 0) return;
  const wanted = `it needs ${missing.join(', ')}`;
  if (process.getuid?.() !== 0 || !succeeds('apt-get', ['--version']))
    return `${wanted}, which only root with apt-get can install here`;
  try {
    const wait = ['-o', 'DPkg::Lock::Timeout=300'];
    ask('apt-get', ['update', '--quiet']);
    ask('apt-get', [...wait, 'install', '--yes', '--quiet', '--no-install-recommends', ...missing]);
    return;
  } catch (error) {
    return `${wanted}, and Debian's packages cannot be installed: ${(error as Error).message.split('\n').at(-1)}`;
  }
}
