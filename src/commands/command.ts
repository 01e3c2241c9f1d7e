/** What a command of the command line is: its help, its options, and what it may use of the process. */

/** A term, and what it means. */
export type Item = readonly [term: string, meaning: string];

/** A part of a help page under a title of its own. */
export interface Section {
  readonly title: string;
  readonly items: readonly Item[];
}

/** What a command may use of the process. */
export interface CommandContext {
  /** Opens standard input: only a command that reads it calls this. */
  readonly stdin: () => NodeJS.ReadableStream;
  /** For results. */
  readonly stdout: TextOutput;
  /** For progress, hints and errors. */
  readonly stderr: TextOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Where text is written to. */
export interface TextOutput {
  write(text: string): unknown;
}

/** What the user gave to a command. */
export interface CommandInput {
  /** In the order of {@link CommandHelp.arguments}. */
  readonly arguments: readonly string[];
  /** By the long name of the option in camel case; true for one that takes no value. */
  readonly options: Readonly<Record<string, string | true | undefined>>;
}

/** An option, as in `--config <file>`. */
export interface CommandOption {
  readonly term: string;
  readonly meaning: string;
  /** The command line is wrong without it. */
  readonly isRequired?: true;
}

/** What the help page of a command says. */
export interface CommandHelp {
  /** What it does and when it ends, in sentences. */
  readonly description: string;
  /** `<job_id>` must be given, `[file]` may be. */
  readonly arguments?: readonly Item[];
  readonly options?: readonly CommandOption[];
  /** What it does, and the whole command with values like real ones. */
  readonly examples: readonly Item[];
  readonly exitCodes: readonly Item[];
  /** What it costs of the quota. */
  readonly calls: string;
}

/** A command for a person. */
export interface Command extends CommandHelp {
  /**
   * @returns the exit code
   * @throws TracedError whose message is written to standard error as it is; the exit code is then 1
   */
  run(input: CommandInput, context: CommandContext): Promise<number>;
}

/** A help page about something that all commands share. */
export interface Topic {
  readonly description: string;
  readonly sections: readonly Section[];
}

/** A line of the table of commands: enough to list it. The rest is loaded when somebody asks for it. */
export interface CommandEntry {
  readonly name: string;
  readonly group: 'Commands of Airbyte:' | 'Commands for people:' | 'Topics of help:';
  /** Completes "it …", without a full stop. */
  readonly summary: string;
  load(): Promise<Command | CommandHelp | Topic>;
}
