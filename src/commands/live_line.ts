/** One line at the bottom of a terminal that changes while a command runs. */
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import type { Clock } from '../clock.ts';

/** Milliseconds between two drawings. */
const intervalMs = 250;
/** Back to the start of the line, and erase it. */
const erase = '\r\u001b[2K';

/** A stream that may be shown on a terminal. */
export type Shown = Pick<WriteStream, 'write' | 'isTTY' | 'columns'>;

/**
 * Draws a line until it is ended. What others write in the meantime takes its place, and it is drawn again below.
 * @param terminal where it is drawn
 * @param textAt the text for this many columns; empty: no line
 * @param others streams that may be shown on the same terminal
 * @returns ends it, and erases the line: to be called before the process ends
 */
export function drawLine(
  { terminal, others, clock }: { readonly terminal: Shown; readonly others: readonly Shown[]; readonly clock: Clock },
  textAt: (columns: number) => string,
): () => void {
  const ended = new AbortController();
  let drawn = '';
  const write = terminal.write.bind(terminal);
  const clear = () => {
    if (drawn !== '') write(erase);
    drawn = '';
  };
  const restore = [terminal, ...others].filter(({ isTTY }) => isTTY).map((stream) => onWrite(stream, clear));
  const draw = () => {
    // The last column stays free: some terminals begin a new line once it is written. A terminal may not know its width.
    const text = textAt((terminal.columns || 80) - 1);
    if (text === drawn) return;
    // Plain with NO_COLOR.
    write(`${erase}${styleText('dim', text, { stream: terminal as WriteStream })}`);
    drawn = text;
  };
  void (async () => {
    for (;;) {
      draw();
      await clock.sleep(intervalMs, ended.signal);
    }
  })().catch(() => undefined);
  return () => {
    if (ended.signal.aborted) return;
    ended.abort();
    clear();
    for (const each of restore) each();
  };
}

/** Calls `before` whenever something is written. @returns ends that */
function onWrite(stream: Shown, before: () => void): () => void {
  const { write } = stream;
  stream.write = (...args: unknown[]) => {
    before();
    return (write as (...args: unknown[]) => boolean).apply(stream, args);
  };
  return () => {
    stream.write = write;
  };
}
