/** Decides whether a command line comes from Airbyte or from a person. */
import { isAirbyteCommand, readWords } from './airbyte/arguments.ts';

/** Flags of Airbyte's commands that only a person gives: `write --report FILE`. */
export const flagsOfPerson = ['report'] as const;

/** The origin of a command line. */
export interface Caller {
  readonly isPerson: boolean;
  /** For standard error, before the command runs; empty if there is nothing to say. */
  readonly hint: string;
}

const inputHint =
  'write reads Airbyte messages from standard input, one per line, and that is this terminal. ' +
  'Ctrl-D ends the input. To load a file: < messages.jsonl\n';

/**
 * Whether a command line comes from Airbyte or from a person. Without a command it is Airbyte's, unless the output is a
 * terminal, or `--help` is misspelt.
 * @param args the words after the program's name
 * @param isTerminal which of the standard streams are terminals
 */
export function callerOf(args: readonly string[], isTerminal: { stdin: boolean; stdout: boolean }): Caller {
  const { command, asksForHelp, asksForVersion, paths, unknownFlags } = readWords(args, flagsOfPerson);
  const isForAirbyte =
    command === undefined ? !isTerminal.stdout && unknownFlags.length === 0 : isAirbyteCommand(command);
  if (asksForHelp || asksForVersion || !isForAirbyte) return { isPerson: true, hint: '' };
  const waits = command === 'write' && paths.config !== undefined && paths.catalog !== undefined;
  return { isPerson: false, hint: waits && isTerminal.stdin ? inputHint : '' };
}
