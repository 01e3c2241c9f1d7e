/** Defines a command of the command line: its help, its options, and its access to the process. */

/** A term, and what it means. */
export type Item = readonly [term: string, meaning: string];

/** A titled part of a help page. */
export interface Section {
  readonly title: string;
  readonly items: readonly Item[];
}

/** A command's access to the process. */
export interface CommandContext {
  /** Opens standard input: only a command that reads it calls this. Undefined if it is a terminal. */
  readonly stdin: () => AsyncIterable<Buffer> | undefined;
  /** For results. */
  readonly stdout: TextOutput;
  /** For progress, hints and errors. */
  readonly stderr: TextOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Aborted by Ctrl-C: only a command that has something to finish calls this. Without it Ctrl-C ends the process, and
   * so does a second one.
   */
  readonly stop?: () => AbortSignal;

  /** Calls `work` when the process ends, also by Ctrl-C: for what must not be left on disk. */
  readonly onExit: (work: () => void) => void;
}

/** A destination for text. */
export interface TextOutput {
  readonly isTTY?: boolean;
  /** The width of the terminal. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** The user's input to a command. */
export interface CommandInput {
  /** In the order of {@link CommandHelp.arguments}. */
  readonly arguments: readonly string[];
  /** By the long name of the option in camel case; true for an option without a value. */
  readonly options: Readonly<Record<string, string | true | undefined>>;
}

/** An option, as in `--config <file>`. */
export interface CommandOption {
  readonly term: string;
  readonly meaning: string;
  /** The command line is invalid without it. */
  readonly isRequired?: true;
}

/** The content of a command's help page. */
export interface CommandHelp {
  /** What it does and when it ends, in sentences. */
  readonly description: string;
  /** `<job_id>` is required, `[file]` is optional. */
  readonly arguments?: readonly Item[];
  readonly options?: readonly CommandOption[];
  /** What it does, and the whole command with realistic values. */
  readonly examples: readonly Item[];
  readonly exitCodes: readonly Item[];
  /** How many calls of the quota it costs. */
  readonly calls: string;
}

/** A command for a person. */
export interface Command extends CommandHelp {
  /**
   * @returns the exit code
   * @throws TracedError whose message is written to standard error unchanged; the exit code is then 1
   */
  run(input: CommandInput, context: CommandContext): Promise<number>;
}

/** A help page about a topic of all commands. */
export interface Topic {
  readonly description: string;
  readonly sections: readonly Section[];
}

/** An entry in the table of commands: enough to list it. The rest is loaded on demand. */
export interface CommandEntry {
  readonly name: string;
  readonly group: 'Commands of Airbyte:' | 'Commands for people:' | 'Topics of help:';
  /** Completes "it …", without a full stop. */
  readonly summary: string;
  load(): Promise<Command | CommandHelp | Topic>;
}
