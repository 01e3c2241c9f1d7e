/** Loaded before the instrumented program (`node --import`): keeps every call of `entered`, and writes them down as the process ends. */
import { writeFileSync } from 'node:fs';

/** As far as it is used here; Node's types have it not. */
declare const WebAssembly: { Instance: new (module: object, imports: object) => object };

/** Stands among the calls where a STATE was written to standard output. */
export const stateWritten = -1;

if (process.env['TRACE_FILE'] !== undefined) record(process.env['TRACE_FILE'], Number(process.env['TRACE_ASKS']));

/** @param asks the site that asks for the next line of the input */
function record(path: string, asks: number): void {
  const calls: number[] = [];
  const entered = (site: number): void => {
    calls.push(site);
    // Only now is the next line written: what was entered since the last one belongs to the last one.
    if (site === asks) process.send?.('next');
  };
  Object.assign(globalThis, { entered });
  // The kernel imports the call; the program knows nothing of it.
  WebAssembly.Instance = class extends WebAssembly.Instance {
    constructor(module: object, imports: object) {
      super(module, { ...imports, trace: { entered } });
    }
  };
  const write = process.stdout.write.bind(process.stdout) as (text: string | Uint8Array, ...rest: unknown[]) => boolean;
  process.stdout.write = (text: string | Uint8Array, ...rest: unknown[]) => {
    if (text.toString().includes('"type":"STATE"')) calls.push(stateWritten);
    return write(text, ...rest);
  };
  process.on('exit', () => writeFileSync(path, JSON.stringify(calls)));
  process.channel?.unref();
}
