/** The command line: whether Airbyte or a person is to be answered. */
import { isAirbyteCommand, readWords } from './airbyte/arguments.ts';

/** Who is to be answered. */
export interface Asker {
  readonly isPerson: boolean;
  /** For standard error, before the command runs; empty if there is nothing to say. */
  readonly hint: string;
}

const inputHint =
  'write reads Airbyte messages from standard input, one a line, and that is this terminal. ' +
  'Ctrl-D ends the input. To load a file: < messages.jsonl\n';

/**
 * Who wrote this command line. Without a command it is Airbyte's, unless a person would read the answer, or has misspelt
 * `--help`.
 * @param args the words behind the program's name
 * @param isTerminal which of the standard streams are terminals
 */
export function askerOf(args: readonly string[], isTerminal: { stdin: boolean; stdout: boolean }): Asker {
  const { command, asksForHelp, asksForVersion, paths, unknownFlags } = readWords(args);
  const isForAirbyte =
    command === undefined ? !isTerminal.stdout && unknownFlags.length === 0 : isAirbyteCommand(command);
  if (asksForHelp || asksForVersion || !isForAirbyte) return { isPerson: true, hint: '' };
  const waits = command === 'write' && paths.config !== undefined && paths.catalog !== undefined;
  return { isPerson: false, hint: waits && isTerminal.stdin ? inputHint : '' };
}
