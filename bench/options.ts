/** The command-line options of the benchmark. */
import { parseArgs } from 'node:util';

export const help = `Compares the connector with other programs by CPU time; the programs take turns.

  npm run bench -- [options]

  --quick           20 MB per data set, one round, small syncs: about a minute, but imprecise
  --megabytes N     size of a data set: 100
  --rounds N        runs of each, of which the median is printed: 5 (slow ones run in every other round, mlr and jq once)
  --sets A,B        only these data sets; the first two are the main ones, the only ones for mlr and jq
  --peers A,B       only these other programs
  --parts A,B       only these of: conversions, write, dedup, sync, growth
  --faros           also faros-airbyte-cdk, which is then installed; its licence is not a free one
  --list            prints the data sets
  --help            prints this text
`;

const parts = ['conversions', 'write', 'dedup', 'sync', 'growth'] as const;

/** A part of the benchmark. */
export type Part = (typeof parts)[number];

export interface Options {
  readonly isQuick: boolean;
  readonly megabytes: number;
  readonly rounds: number;
  /** Undefined: all. */
  readonly sets: readonly string[] | undefined;
  /** Undefined: all that are available. */
  readonly peers: readonly string[] | undefined;
  readonly parts: readonly Part[];
  readonly withFaros: boolean;
  readonly showsHelp: boolean;
  readonly showsSets: boolean;
}

/** @throws Error for an unknown flag or value */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      megabytes: { type: 'string' },
      rounds: { type: 'string' },
      sets: { type: 'string' },
      peers: { type: 'string' },
      parts: { type: 'string' },
      faros: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const isQuick = values.quick;
  const asked = values.parts?.split(',') ?? parts;
  return {
    isQuick,
    megabytes: positive('megabytes', values.megabytes) ?? (isQuick ? 20 : 100),
    rounds: positive('rounds', values.rounds) ?? (isQuick ? 1 : 5),
    sets: values.sets?.split(','),
    peers: values.peers?.split(','),
    parts: asked.map(partOf),
    withFaros: values.faros,
    showsHelp: values.help,
    showsSets: values.list,
  };
}

function positive(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${flag} needs a whole number above 0, not "${text}"`);
  return Number(text);
}

function partOf(name: string): Part {
  const part = parts.find((each) => each === name);
  if (!part) throw new Error(`--parts knows ${parts.join(', ')}, not "${name}"`);
  return part;
}
