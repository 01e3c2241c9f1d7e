/** Help pages about topics of all commands. */
import type { Topic } from './command.ts';

export const exitCodes: Topic = {
  description: '0 always means that the work is done. The help of a command says what its other exit codes mean.',
  sections: [
    {
      title: 'Commands of Airbyte:',
      items: [
        ['0', 'Done. `check` exits with 0 also where its message says FAILED, as Airbyte wants it.'],
        ['1', 'Failed, or the command line is wrong: a TRACE message on standard output says why.'],
        ['143', 'Stopped by a signal.'],
      ],
    },
    {
      title: 'Commands for people:',
      items: [
        ['0', 'Done.'],
        ['1', 'The work failed: a sentence on standard error says why.'],
        ['2', 'The command line is wrong: no such command, option or argument.'],
        ['130', 'Stopped by Ctrl-C; `load` also by SIGTERM.'],
      ],
    },
  ],
};

export const environment: Topic = {
  description: 'Settings come from the configuration file. The environment says how the process runs.',
  sections: [
    {
      title: 'Network:',
      items: [
        ['HTTPS_PROXY', 'The proxy: http://HOST:PORT or http://USER:PASSWORD@HOST:PORT. HTTP_PROXY and ALL_PROXY too.'],
        ['NO_PROXY', 'Hosts that are reached without the proxy, separated by commas.'],
        ['NODE_EXTRA_CA_CERTS', 'A PEM file of authorities that are trusted beside those of Node.'],
      ],
    },
    {
      title: 'Access key:',
      items: [
        [
          'GAINSIGHT_ACCESS_KEY',
          "The access key. Commands for people prefer it to that of the file; Airbyte's commands use it only if the file has none, and an OAuth client never.",
        ],
      ],
    },
    {
      title: 'Disk:',
      items: [
        ['TMPDIR', 'The folder for waiting rows, where there is no /dest that can be written to.'],
        ['CONNECTOR_STORAGE_LIMIT_BYTES', 'How many bytes of it `write` may use. Airbyte sets it.'],
      ],
    },
    {
      title: 'A sync of Airbyte, which sets them:',
      items: [
        ['WORKER_JOB_ID', 'The number of the run: all its attempts share it.'],
        ['WORKER_JOB_ATTEMPT', 'The number of the attempt, from 0.'],
        ['DATA_CHANNEL_MEDIUM', 'How records come. Only STDIO, the default, is understood.'],
      ],
    },
    {
      title: 'Output:',
      items: [
        ['LOG_LEVEL', 'The least severe level that is logged: WARN, INFO (the default), DEBUG or TRACE.'],
        ['NO_COLOR', 'Set to anything: no colour, also on a terminal.'],
        ['TERM', 'Set to dumb: no progress of write and load on the terminal.'],
        ['FORCE_COLOR', 'Set to anything but 0: colour, also where there is no terminal.'],
      ],
    },
  ],
};
