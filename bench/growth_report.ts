/** Formats the growth of cost as text. */
import { allowed, sizeText } from './chart.ts';
import type { Growth } from './growth.ts';
import { figure, table } from './table.ts';

/** One table per dimension of growth. */
export function printGrowth(growths: readonly Growth[]): string {
  const tables = growths.map(({ what, points }) => {
    const best = Math.min(...points.map(({ nanoseconds }) => nanoseconds));
    const rows = points.map(({ size, nanoseconds }) => {
      const times = nanoseconds / best;
      return [sizeText(size), nanoseconds.toFixed(2), `${figure(times)}×${times > allowed ? ' ABOVE' : ''}`];
    });
    return table([what, 'ns a byte', 'of the best'], rows);
  });
  return `Cost as work grows: CPU time per byte of input, the start of the process left out\n${tables.join('\n\n')}\n`;
}
