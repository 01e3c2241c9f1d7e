/** Reads Airbyte's command line: one of its four commands, and the paths of the files that it needs. */
import { parseArgs } from 'node:util';
import { nearest } from './nearest.ts';
import { sharedError } from './traced_error.ts';

/** Airbyte's commands, each with the flags that it needs. */
const neededFlags = {
  spec: [],
  check: ['config'],
  discover: ['config'],
  write: ['config', 'catalog'],
} as const satisfies Record<string, readonly ('config' | 'catalog')[]>;

/** A command that Airbyte calls. */
export type AirbyteCommand = keyof typeof neededFlags;

/** The words of a command line, not yet validated. */
export interface CommandWords {
  /** The first word that is neither a flag nor a flag's value. */
  readonly command: string | undefined;
  readonly asksForHelp: boolean;
  readonly asksForVersion: boolean;
  /** Paths of files, if given. */
  readonly paths: { readonly config?: string; readonly catalog?: string };
  /** Values of the destination's own flags, by name, if given. */
  readonly ownFlags: Readonly<Record<string, string>>;
  /** Flags that no command of Airbyte has, as written, without their values. */
  readonly unknownFlags: readonly string[];
}

/** A validated command of Airbyte. */
export interface AirbyteArguments {
  readonly command: AirbyteCommand;
  /** Path of the configuration; empty if the command needs none. */
  readonly configPath: string;
  /** Path of the configured catalog; empty if the command needs none. */
  readonly catalogPath: string;
}

const flags = {
  config: { type: 'string' },
  catalog: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

/**
 * Sorts the words after the program's name. Unknown flags are allowed: Airbyte may pass some.
 * @param own names of the destination's own flags, each with a value
 */
export function readWords(args: readonly string[], own: readonly string[] = []): CommandWords {
  const ownOptions = Object.fromEntries(own.map((name) => [name, { type: 'string' } as const]));
  const options = { ...ownOptions, ...flags };
  const settings = { args: [...args], strict: false, allowPositionals: true, tokens: true, options } as const;
  const { values, positionals, tokens } = parseArgs(settings);
  const unknown = tokens.filter((token) => token.kind === 'option' && !Object.hasOwn(options, token.name));
  const written = unknown.map(({ index }) => args[index]?.split('=')[0] ?? '');
  return {
    command: positionals[0],
    asksForHelp: values['help'] === true,
    asksForVersion: values['version'] === true,
    paths: { ...given('config', values['config']), ...given('catalog', values['catalog']) },
    ownFlags: Object.assign({}, ...own.map((name) => given(name, values[name]))) as Record<string, string>,
    // A value that looks like a flag, such as a key that begins with a dash, must not be repeated.
    unknownFlags: [...new Set(written)].filter((flag) => /^--?[a-z][a-z_-]{0,30}$/i.test(flag)),
  };
}

/** Whether Airbyte has a command of this name. */
export function isAirbyteCommand(name: string | undefined): name is AirbyteCommand {
  return name !== undefined && Object.hasOwn(neededFlags, name);
}

/**
 * Reads a command line of Airbyte. Unknown flags are named only if a required flag is missing.
 * @param own as in {@link readWords}
 * @throws TracedError `arguments_invalid`
 */
export function readArguments(args: readonly string[], own: readonly string[] = []): AirbyteArguments {
  const { command, paths, unknownFlags } = readWords(args, own);
  if (!isAirbyteCommand(command)) {
    throw sharedError('arguments_invalid', { detail: command ? `${command} is no command` : 'it names no command' });
  }
  const missing = neededFlags[command].filter((flag) => !paths[flag]);
  if (missing.length > 0) {
    const needed = listOf(missing.map((flag) => `--${flag}`));
    const needs = `${needed}${missing.length > 1 ? ', each with' : ' and'} the path of a file`;
    const detail = `${command} needs ${needs}${unknownPart(unknownFlags, missing)}`;
    throw sharedError('arguments_invalid', { detail });
  }
  return { command, configPath: paths.config ?? '', catalogPath: paths.catalog ?? '' };
}

function given(flag: string, value: string | boolean | undefined) {
  return typeof value === 'string' && value !== '' ? { [flag]: value } : {};
}

/** Names the unknown flags, each with the missing one that was probably meant. */
function unknownPart(unknownFlags: readonly string[], missing: readonly string[]): string {
  if (unknownFlags.length === 0) return '';
  const named = unknownFlags.map((flag) => {
    const meant = nearest(flag, missing);
    return meant === undefined ? flag : `${flag} (did you mean --${meant}?)`;
  });
  return `; it does not know ${listOf(named)}`;
}

/** `a, b and c` */
function listOf(names: readonly string[]): string {
  return names.join(', ').replace(/, ([^,]*)$/, ' and $1');
}
