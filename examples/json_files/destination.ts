/** An Airbyte destination that writes each record, as a line of JSON, to a file of its stream. */
import { constants } from 'node:fs';
import { access, type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Destination, label, runDestination, streamKey, TracedError } from 'destination-gainsight/airbyte';

interface Config {
  readonly folder: string;
}

const folderUnusable = {
  type: 'config_error',
  what: 'The folder {folder} cannot be written to ({detail}).',
  next: 'Choose one that exists, or let the connector write to it.',
} as const;

const jsonFiles: Destination<Config> = {
  spec: () => ({
    supported_destination_sync_modes: ['append', 'overwrite'],
    connectionSpecification: {
      title: 'JSON files',
      type: 'object',
      required: ['folder'],
      properties: {
        folder: { type: 'string', title: 'Folder', description: 'Where the files are written.', minLength: 1 },
      },
    },
  }),

  async check({ folder }) {
    await access(folder, constants.W_OK).catch(({ code }: NodeJS.ErrnoException) => {
      throw new TracedError('folder_unusable', folderUnusable, { folder, detail: code ?? '' });
    });
    return `Records go to ${folder}.`;
  },

  async write({ folder }, { streams }, input, { output, stop }) {
    const files = new Map<string, FileHandle>();
    for (const { stream, destination_sync_mode: mode } of streams) {
      const name = [stream.namespace ?? '', stream.name].map(encodeURIComponent).join('@');
      files.set(streamKey(stream), await open(join(folder, `${name}.jsonl`), mode === 'overwrite' ? 'w' : 'a'));
    }
    for await (const message of input.messages()) {
      if (message.type === 'RECORD') {
        const file = files.get(streamKey(message.stream));
        if (!file) throw new Error(`the catalog has no stream ${label(message.stream)}`);
        await file.appendFile(Buffer.concat([message.data, Buffer.from('\n')]));
      } else if (message.type === 'STATE') {
        // Records are safe only once they are on disk.
        for (const file of files.values()) await file.sync();
        await output.state(message.text, { recordCount: message.records });
      }
    }
    return stop.aborted ? 'stopped' : 'done';
  },
};

await runDestination(jsonFiles);
