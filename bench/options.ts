/** The command-line options of the benchmark. */
import { parseArgs } from 'node:util';
import { type OptionalPeer, optionalPeers } from './optional_peers.ts';

const parts = ['start', 'conversions', 'write', 'dedup', 'states', 'calls', 'sync', 'growth'] as const;

/** A part of the benchmark. */
export type Part = (typeof parts)[number];

export const help = `Compares the connector with other programs by CPU time; the programs take turns.

  npm run bench -- [options]

  --quick           20 MB per data set, one round, small syncs: about a minute, but imprecise
  --publish         measures for docs/performance.md and writes it: 440 MB, three rounds, all peers; most of an hour
  --megabytes N     size of a data set: 100
  --rounds N        runs of each, of which the median is printed: 5 (slow ones run less often, mlr and jq once)
  --sets A,B        conversions of only these data sets; mlr and jq only convert the main ones, which are the first two
  --peers A,B       conversions by only these other programs
  --parts A,B       only these of: ${parts.join(', ')}
  --faros           also faros-airbyte-cdk, which is then installed; its licence is not a free one
  --cdk             also Airbyte's Python CDK, which is then installed; needs python3 with venv
  --list            prints the data sets
  --help            prints this text
`;

export interface Options {
  readonly isQuick: boolean;
  /** The results become those that the documents show. */
  readonly isPublished: boolean;
  readonly megabytes: number;
  readonly rounds: number;
  /** Undefined: all. */
  readonly sets: readonly string[] | undefined;
  /** Undefined: all that are available. */
  readonly peers: readonly string[] | undefined;
  readonly parts: readonly Part[];
  /** Results of other parts are of an earlier run. */
  readonly isPartial: boolean;
  readonly optional: readonly OptionalPeer[];
  readonly showsHelp: boolean;
  readonly showsSets: boolean;
}

/** @throws Error for an unknown flag or value */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      publish: { type: 'boolean', default: false },
      megabytes: { type: 'string' },
      rounds: { type: 'string' },
      sets: { type: 'string' },
      peers: { type: 'string' },
      parts: { type: 'string' },
      faros: { type: 'boolean', default: false },
      cdk: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { quick: isQuick, publish: isPublished } = values;
  if (isPublished && isQuick) throw new Error('--quick is too imprecise for --publish');
  if (isPublished && (values.sets ?? values.peers)) throw new Error('what is published has all sets and peers');
  const extent = extentOf({ isQuick, isPublished });
  const asked = values.parts?.split(',') ?? parts;
  return {
    ...{ isQuick, isPublished },
    megabytes: positive('megabytes', values.megabytes) ?? extent.megabytes,
    rounds: positive('rounds', values.rounds) ?? extent.rounds,
    sets: values.sets?.split(','),
    peers: values.peers?.split(','),
    parts: asked.map(partOf),
    isPartial: values.parts !== undefined,
    optional: optionalPeers.filter((peer) => values[peer] || isPublished),
    showsHelp: values.help,
    showsSets: values.list,
  };
}

function extentOf({ isQuick, isPublished }: Pick<Options, 'isQuick' | 'isPublished'>): {
  megabytes: number;
  rounds: number;
} {
  if (isQuick) return { megabytes: 20, rounds: 1 };
  return isPublished ? { megabytes: 440, rounds: 3 } : { megabytes: 100, rounds: 5 };
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
