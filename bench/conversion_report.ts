/** Formats the results of conversions. */
import type { Agreed, Conversion, ConversionResult } from './conversions.ts';
import { figure, table } from './table.ts';

/** The table of one data set. */
export function printConversion({ set, what, bytes, rows, results }: Conversion): string {
  const [ours] = results;
  const title = `${set}: ${what}; ${(bytes / 1e6).toFixed(0)} MB, ${rows.toLocaleString('en')} records of ${(bytes / rows).toFixed(0)} bytes`;
  const head = ['', 'MB/s', 'rows/s', 'CPU s', 'wall s', 'peak MB', 'ours is faster by', 'cells'];
  const lines = results.map((result) => [
    result.name,
    (bytes / 1e6 / result.cpu).toFixed(0),
    Math.round(rows / result.cpu).toLocaleString('en'),
    result.cpu.toFixed(2),
    result.wall.toFixed(2),
    (result.memory / 1e6).toFixed(0),
    result === ours ? '' : `${figure(ratio(result, ours as ConversionResult))}×`,
    reported(result.agreement),
  ]);
  return `${title}\n${table(head, lines, [0, head.length - 1])}\n`;
}

/** How many times faster ours is, by CPU time. */
export function ratio(peer: { readonly cpu: number }, ours: { readonly cpu: number }): number {
  return peer.cpu / ours.cpu;
}

function reported(agreement: Agreed): string {
  if (typeof agreement === 'string') return agreement;
  if (agreement.differing === 0) return 'same cells';
  return `${agreement.differing.toLocaleString('en')} DIFFER (${agreement.first})`;
}
