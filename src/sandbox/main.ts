/** The sandbox as a program: reads flags, prints one line with its URL, and runs until a signal. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { systemClock } from '../clock.ts';
import type { FaultScript } from './faults.ts';
import type { ObjectRules, SandboxOptions, UnknownObjectStyle } from './options.ts';
import { startSandbox } from './server.ts';

const help = `Plays Gainsight's Bulk API and metadata on this machine.

  --port N             listen there; without it on a free port
  --access-key K       the only access key that is let in; without it any
  --script F           a JSON file of fault rules, see src/sandbox/faults.ts
  --objects F          a JSON file of objects and their fields, see src/sandbox/options.ts; without it all exist
  --rows-per-second N  how fast jobs run: 50000
  --calls-per-hour N   10; 0 for no limit
  --calls-per-day N    100; 0 for no limit
  --metadata-calls-per-minute N
                       100; 0 for no limit
  --no-metadata        answer calls of the metadata API with 404
  --unknown-object S   how metadata answers about an object that is not in --objects: absent, 404, 400 or result_false;
                       absent
  --no-keep-rows       check and count rows without keeping them
  --help               this text
`;

const unknownObjectStyles: Record<UnknownObjectStyle, true> = {
  absent: true,
  '404': true,
  '400': true,
  result_false: true,
};

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    'access-key': { type: 'string' },
    script: { type: 'string' },
    objects: { type: 'string' },
    'rows-per-second': { type: 'string' },
    'calls-per-hour': { type: 'string' },
    'calls-per-day': { type: 'string' },
    'metadata-calls-per-minute': { type: 'string' },
    'no-metadata': { type: 'boolean' },
    'unknown-object': { type: 'string' },
    'no-keep-rows': { type: 'boolean' },
    help: { type: 'boolean' },
  },
});

if (values.help) process.stdout.write(help);
else await run();

async function run(): Promise<void> {
  const sandbox = await startSandbox(options());
  process.stdout.write(`Gainsight sandbox at ${sandbox.url}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void sandbox.close());
}

function options(): SandboxOptions {
  const accessKey = values['access-key'];
  return {
    clock: systemClock,
    port: number('port') ?? 0,
    ...(accessKey !== undefined && { accessKey }),
    ...(values.script !== undefined && { script: json(values.script) as FaultScript }),
    ...(values.objects !== undefined && { objects: json(values.objects) as Record<string, ObjectRules> }),
    rowsPerSecond: number('rows-per-second') ?? 50_000,
    callsPerHour: (number('calls-per-hour') ?? 10) || null,
    callsPerDay: (number('calls-per-day') ?? 100) || null,
    metadataCallsPerMinute: (number('metadata-calls-per-minute') ?? 100) || null,
    metadata: values['no-metadata'] ? 'off' : 'on',
    unknownObject: unknownObject(),
    keepRows: !values['no-keep-rows'],
  };
}

type NumberFlag = 'port' | 'rows-per-second' | 'calls-per-hour' | 'calls-per-day' | 'metadata-calls-per-minute';

function number(flag: NumberFlag): number | undefined {
  const text = values[flag];
  if (text !== undefined && !/^\d+$/.test(text)) throw new Error(`--${flag} needs a whole number, not "${text}"`);
  return text === undefined ? undefined : Number(text);
}

function unknownObject(): UnknownObjectStyle {
  const text = values['unknown-object'] ?? 'absent';
  if (Object.hasOwn(unknownObjectStyles, text)) return text as UnknownObjectStyle;
  throw new Error(`--unknown-object needs one of ${Object.keys(unknownObjectStyles).join(', ')}, not "${text}"`);
}

function json(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
