/** Shows the messages of a sync to a person: log lines as text, and failures as sentences. */
import { Writable } from 'node:stream';
import type { AirbyteMessage } from '../airbyte/protocol.ts';
import { spokenToLoader } from '../errors.ts';
import type { TextOutput } from './command.ts';

/**
 * A stream for an `Output`: what it writes to is text.
 * @param faults for the reasons why the sync failed
 */
export function plainLog(log: TextOutput, faults: TextOutput): Writable {
  let rest = '';
  const said = new Set<string>();
  // A failure is logged, and then reported to Airbyte with the same words.
  const fault = (text: string) => {
    if (!said.has(text)) faults.write(`${spokenToLoader(text)}\n`);
    said.add(text);
  };
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      const lines = `${rest}${String(chunk)}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) show(JSON.parse(line) as AirbyteMessage, log, fault);
      done();
    },
  });
}

function show(message: AirbyteMessage, log: TextOutput, fault: (text: string) => void): void {
  if (message.type === 'LOG') {
    const { level, message: text } = message.log;
    if (level === 'ERROR') fault(text);
    else log.write(`${level === 'INFO' ? '' : `${level} `}${spokenToLoader(text)}\n`);
  } else if (message.type === 'TRACE' && message.trace.type === 'ERROR') fault(message.trace.error?.message ?? '');
}
