/** Draws how cost grows as an SVG chart, with one panel for each dimension of growth. Pure. */
import type { Growth, GrowthPoint } from './growth.ts';

/** Maximum ratio of a point to the best one. */
export const allowed = 1.5;

const panel = { width: 300, height: 190, gap: 56 };
const margin = { left: 52, top: 64, right: 24, bottom: 60 };
const style = `
  text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #334155 }
  .title { font-size: 17px; font-weight: 600; fill: #0f172a }
  .name { font-size: 14px; font-weight: 600; fill: #0f172a }
  .small { font-size: 11px; fill: #64748b }
  .value { font-size: 11px; fill: #1e3a8a; stroke: #f8fafc; stroke-width: 4px; paint-order: stroke }
  .frame { fill: #f8fafc }
  .grid { stroke: #e2e8f0 }
  .limit { stroke: #dc2626; stroke-dasharray: 5 4 }
  .limit-text { font-size: 11px; fill: #dc2626 }
  .line { fill: none; stroke: #2563eb; stroke-width: 2.5; stroke-linejoin: round }
  .point { fill: #2563eb; stroke: #fff; stroke-width: 1.5 }
`;

/** Draws the panels side by side, two in a row. */
export function drawGrowth(growths: readonly Growth[]): string {
  const columns = Math.min(2, growths.length);
  const rows = Math.ceil(growths.length / columns);
  const width = margin.left + columns * panel.width + (columns - 1) * panel.gap + margin.right;
  const height = margin.top + rows * (panel.height + margin.bottom) - 20;
  const panels = growths.map((growth, at) => {
    const x = margin.left + (at % columns) * (panel.width + panel.gap);
    const y = margin.top + Math.floor(at / columns) * (panel.height + margin.bottom);
    return `<g transform="translate(${x} ${y})">${drawPanel(growth)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>CPU time per byte of input as work grows</title><style>${style}</style>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text class="title" x="${margin.left}" y="28">CPU time per byte of input, as work grows</text>`,
    `<line class="limit" x1="${width - margin.right - 132}" x2="${width - margin.right - 96}" y1="24" y2="24"/>`,
    `<text class="limit-text" x="${width - margin.right}" y="28" text-anchor="end">${allowed} × the best</text>`,
    ...panels,
    '</svg>\n',
  ].join('\n');
}

function drawPanel({ what, points }: Growth): string {
  const best = Math.min(...points.map(({ nanoseconds }) => nanoseconds));
  const top = Math.max(best * allowed, ...points.map(({ nanoseconds }) => nanoseconds)) * 1.15;
  const y = (nanoseconds: number): number => round(panel.height * (1 - nanoseconds / top));
  const x = scale(points);
  const places = points.map((point) => ({ ...point, x: x(point.size), y: y(point.nanoseconds) }));
  const limit = y(best * allowed);
  return [
    `<rect class="frame" width="${panel.width}" height="${panel.height}" rx="4"/>`,
    `<text class="name" y="-10">${what}</text>`,
    ...steps(top).map(
      (value) =>
        `<line class="grid" x2="${panel.width}" y1="${y(value)}" y2="${y(value)}"/>` +
        `<text class="small" x="-8" y="${y(value) + 4}" text-anchor="end">${value} ns</text>`,
    ),
    `<line class="limit" x2="${panel.width}" y1="${limit}" y2="${limit}"/>`,
    `<polyline class="line" points="${places.map((place) => `${place.x},${place.y}`).join(' ')}"/>`,
    ...places.map(
      (place) =>
        `<circle class="point" cx="${place.x}" cy="${place.y}" r="4.5"/>` +
        `<text class="value" x="${place.x}" y="${place.y + 20}" text-anchor="middle">${place.nanoseconds.toFixed(1)}</text>` +
        `<text x="${place.x}" y="${panel.height + 20}" text-anchor="middle">${sizeText(place.size)}</text>`,
    ),
  ].join('\n');
}

/** Positions on a logarithmic scale, with margins at both ends. */
function scale(points: readonly GrowthPoint[]): (size: number) => number {
  const [first, last] = [Math.log(points[0]?.size ?? 1), Math.log(points.at(-1)?.size ?? 1)];
  const inner = panel.width - 64;
  return (size) => round(32 + (last === first ? inner / 2 : (inner * (Math.log(size) - first)) / (last - first)));
}

/** Three to six round numbers from 0 to the top. */
function steps(top: number): number[] {
  const step = [0.5, 1, 2, 5, 10, 20, 50, 100].find((each) => top / each <= 6) ?? top / 5;
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, at) => round(at * step));
}

/** 2,000; 45k; 10M. */
export function sizeText(size: number): string {
  if (size >= 1e6) return `${round(size / 1e6)}M`;
  return size >= 10_000 ? `${Math.round(size / 1000)}k` : size.toLocaleString('en');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
