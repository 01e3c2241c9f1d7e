/** Parses and answers a command line that is not Airbyte's: help, a command for a person, or an error. */
import { styleText } from 'node:util';
import { CommanderError, Help, Command as ParsedCommand } from 'commander';
import { asTracedError, spokenToPerson } from '../errors.ts';
import { name, version } from '../version.ts';
import type {
  Command,
  CommandContext,
  CommandEntry,
  CommandHelp,
  CommandInput,
  CommandOption,
  Item,
  Section,
  Topic,
} from './command.ts';
import { commands } from './table.ts';

/** The exit code of an invalid command line. */
const exitUsage = 2;
const helpWords: readonly string[] = ['help', '--help', '-h'];

const examples: Section = {
  title: 'Examples:',
  items: [
    ['Test a configuration', `${name} check --config config.json`],
    ['The same in the image', `docker run --rm -v "$PWD:/data" ${name}:${version} check --config /data/config.json`],
    ['Show the options, examples and exit codes of a command, and what it costs of the quota', `${name} help write`],
  ],
};

/**
 * Answers a command line. An empty one asks for help.
 * @param entries the existing commands
 * @returns the exit code
 */
export async function runCommand(
  args: readonly string[],
  context: CommandContext,
  entries: readonly CommandEntry[] = commands,
): Promise<number> {
  const words = wordsOf(args, entries);
  const program = programOf(context);
  let exitCode = 0;
  for (const entry of entries) {
    const command = program.command(entry.name).summary(entry.summary).helpGroup(entry.group);
    if (entry.name !== words[0]) continue;
    const page = await entry.load();
    describe(command, page);
    command.action(async () => {
      if (!('run' in page)) return command.help();
      exitCode = await page.run(inputOf(command, page), context);
    });
  }
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : exitUsage;
    context.stderr.write(`${spokenToPerson(asTracedError(thrown).message)}\n`);
    return 1;
  }
}

/**
 * The words passed to the library: `help X` as `X --help`. An unknown command is passed without `--help`: with it, the
 * library would show the general help instead of reporting the unknown command.
 */
function wordsOf(args: readonly string[], entries: readonly CommandEntry[]): readonly string[] {
  const isKnown = (word: string) => entries.some((entry) => entry.name === word);
  const [first = 'help', ...rest] = args;
  if (!helpWords.includes(first)) return first.startsWith('-') || isKnown(first) ? args : [first];
  const topic = rest.find((word) => !helpWords.includes(word));
  if (topic === undefined) return ['--help'];
  return isKnown(topic) ? [topic, '--help'] : [topic];
}

function programOf({ stdout, stderr }: CommandContext): ParsedCommand {
  const program = new ParsedCommand(name)
    .description(`${name} ${version}: an Airbyte destination that loads warehouse tables into Gainsight CS.`)
    .usage('<command> [options]')
    .version(version, '--version', 'Prints the version.')
    .helpOption('-h, --help', 'Prints this help.')
    .commandsGroup('Commands for people:')
    .helpCommand('help [command]', 'Prints the help of a command or topic.')
    .showHelpAfterError(`Run \`${name} help\` for what there is.`)
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .exitOverride();
  setPage(program, (help) => libraryPage(program, help), [examples]);
  return program;
}

function describe(command: ParsedCommand, page: CommandHelp | Topic): void {
  command.description(page.description).helpOption('-h, --help', 'Prints this help.');
  if ('sections' in page) {
    setPage(command, (help) => wrapped(page.description, help), page.sections);
    return;
  }
  const { arguments: given = [], options = [] } = page;
  for (const [term, meaning] of given) command.argument(term, meaning);
  for (const { term, meaning } of options) command.option(term, meaning);
  const required = options.filter(({ isRequired }) => isRequired).map(({ term }) => term);
  const optional = required.length < options.length ? ['[options]'] : [];
  // For an empty usage the library would write its own.
  command.usage([...given.map(([term]) => term), ...required, ...optional].join(' ') || ' ');
  command.showHelpAfterError(`Run \`${name} help ${command.name()}\` for its options and examples.`);
  setPage(command, (help) => libraryPage(command, help), [
    { title: 'Examples:', items: page.examples },
    { title: 'Exit codes:', items: page.exitCodes },
    { title: 'Calls of the quota:', items: [['', page.calls]] },
  ]);
}

/** @throws CommanderError if an option is missing */
function inputOf(command: ParsedCommand, { options: known = [] }: Command): CommandInput {
  const options = command.opts<CommandInput['options']>();
  const keyOf = ({ term }: CommandOption) => command.options.find(({ flags }) => flags === term)?.attributeName() ?? '';
  // Not by the library's own required options: for `--confg F` it would report that --config is missing, not the
  // misspelling.
  const missing = known.find((option) => option.isRequired && options[keyOf(option)] === undefined);
  if (missing) command.error(`error: option '${missing.term}' is missing`);
  return { arguments: command.args, options };
}

/** Sets a command's help page: its beginning, and the sections that follow. */
function setPage(command: ParsedCommand, start: (help: Help) => string, sections: readonly Section[]): void {
  command.configureHelp({
    // Plain if the output is not a terminal, and with NO_COLOR.
    styleTitle: (title) => styleText('bold', title),
    commandUsage: (described) => Help.prototype.commandUsage(described).trimEnd(),
    formatHelp: (_, help) => [start(help), ...sections.map((part) => sectionText(part, help))].join('\n'),
  });
}

/** Usage, description, arguments, options and commands. */
function libraryPage(command: ParsedCommand, help: Help): string {
  return Help.prototype.formatHelp.call(help, command, help);
}

function sectionText({ title, items }: Section, help: Help): string {
  const lines = title === 'Examples:' ? items.map(exampleText) : items.map((item) => itemText(item, items, help));
  return `${help.styleTitle(title)}\n${lines.join('\n')}\n`;
}

function exampleText([purpose, command]: Item): string {
  return `  ${purpose}:\n    ${command}`;
}

function itemText([term, meaning]: Item, items: readonly Item[], help: Help): string {
  const width = Math.max(...items.map(([each]) => each.length));
  return width === 0 ? wrapped(meaning, help, '  ').trimEnd() : help.formatItem(term, width, meaning, help);
}

/** Broken into lines that fit. */
function wrapped(text: string, help: Help, indent = ''): string {
  return `${help.boxWrap(text, (help.helpWidth ?? 80) - indent.length).replace(/^/gm, indent)}\n`;
}
