/** The program: its command line and its memory. What it does is in `destination.ts`, how in `airbyte/run_destination.ts`. */
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runDestination } from './airbyte/run_destination.ts';
import { gainsight, name, version } from './destination.ts';

const usage = `${name} ${version}: an Airbyte destination that loads warehouse tables into Gainsight CS.

  spec                               what Airbyte's form asks for
  check    --config F                test the configuration and the access key
  discover --config F                the configured objects and their matching keys
  write    --config F --catalog F    load the records on standard input

  --help, --version
`;

// Garbage is collected before it piles up: with many streams and jobs this saves a third of the memory, and no time is
// lost. A version that does not know a flag would write so to standard error.
if (Number.parseInt(process.versions.node, 10) <= 24) {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=40');
}

const { values } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: { help: { type: 'boolean' }, version: { type: 'boolean' } },
});
if (values['help'] === true) process.stdout.write(usage);
else if (values['version'] === true) process.stdout.write(`${version}\n`);
else void runDestination(gainsight);
