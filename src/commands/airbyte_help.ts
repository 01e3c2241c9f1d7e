/** The help pages of the commands that Airbyte calls. */
import type { CommandHelp, CommandOption } from './command.ts';

const config: CommandOption = { term: '--config <file>', meaning: 'The configuration, as JSON.', isRequired: true };
const ignored = 'Options that it does not know are ignored, as Airbyte may pass some.';
const failed = 'It failed, or the command line is wrong: a TRACE message says why.';

export const spec: CommandHelp = {
  description: `Prints one SPEC message and ends: the JSON Schema of the configuration. ${ignored}`,
  examples: [
    ['List the settings by name', 'destination-gainsight spec | jq ".spec.connectionSpecification.properties"'],
  ],
  exitCodes: [
    ['0', 'The message is printed.'],
    ['1', failed],
  ],
  calls: 'None. It connects to nothing.',
};

export const check: CommandHelp = {
  description:
    'Tests the settings, the folder for rejected rows, whether Gainsight answers with this access key, and whether the ' +
    'tenant has the objects and fields of the streams. Ends within a minute with one CONNECTION_STATUS message, which ' +
    'holds the calls used and left. ' +
    `${ignored}`,
  options: [config],
  examples: [
    ['Test a configuration', 'destination-gainsight check --config config.json'],
    [
      'Go on in a script only if it succeeded',
      'destination-gainsight check --config config.json | grep -q SUCCEEDED && echo ready',
    ],
  ],
  exitCodes: [
    [
      '0',
      'It is decided. The message says SUCCEEDED or FAILED: FAILED is no exit code of its own, as Airbyte wants it.',
    ],
    ['1', 'It could not be decided, or the command line is wrong: a TRACE message says why.'],
  ],
  calls:
    'None, as it submits nothing. It reads the list of jobs once, three times at most, which counts only where ' +
    'Gainsight counts all calls (the setting quota.counted_calls). Metadata costs none.',
};

export const discover: CommandHelp = {
  description:
    "Prints one DESTINATION_CATALOG message and ends: the tenant's objects that can be loaded in bulk, with their fields " +
    'and possible keys, once for each sync mode. The configured objects come first. Of 100 objects the fields are listed, ' +
    'of further ones only the name. If Gainsight does not show its objects, a log line says so, and what the configuration ' +
    `names is printed; fields that it names and the tenant does not have are left out, with a warning. ${ignored}`,
  options: [config],
  examples: [
    ['Print the objects', 'destination-gainsight discover --config config.json'],
    [
      'List their names',
      "destination-gainsight discover --config config.json | jq -r '.destination_catalog?.operations[].object_name' | uniq",
    ],
  ],
  exitCodes: [
    ['0', 'The message is printed.'],
    ['1', failed],
  ],
  calls: 'None. It reads metadata, usually with five calls at most, which count to the 100 other calls a minute.',
};

export const write: CommandHelp = {
  description:
    'Loads the records on standard input into Gainsight, and prints each state once the records before it are proven ' +
    'to be there. Ends when the input has ended and every file has its outcome: with more files than the quota has ' +
    `calls left, that takes hours. On a terminal standard error shows how far it has come, and at the end a summary. ${ignored}`,
  options: [
    config,
    { term: '--catalog <file>', meaning: 'The configured catalog of Airbyte, as JSON.', isRequired: true },
    {
      term: '--report <file>',
      meaning:
        'Write the report of the sync there at its end, also if it fails: a page to open in a browser, or JSON if the name ' +
        'ends in .json. Beside rejected rows, where the settings name a place for them, both are kept anyway.',
    },
  ],
  examples: [
    [
      'Load what a source has written to a file',
      'destination-gainsight write --config config.json --catalog catalog.json < messages.jsonl',
    ],
    [
      'The same, with a page that says what became of the records',
      'destination-gainsight write --config config.json --catalog catalog.json --report report.html < messages.jsonl',
    ],
  ],
  exitCodes: [
    ['0', 'Everything is loaded, or rejected by name and logged.'],
    ['1', failed],
    ['143', 'It was stopped by SIGTERM, SIGINT (Ctrl-C) or SIGHUP. What was proven by then is released.'],
  ],
  calls:
    'One for each file. A file holds up to files.max_megabytes of rows of one stream; the log says how many files are ' +
    'expected. Reads of the list, polls and row errors count only where Gainsight counts all calls ' +
    '(quota.counted_calls).',
};
