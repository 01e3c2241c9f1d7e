/** Which row a physical line of a CSV file belongs to, where line breaks inside cells count as well. */
import type { RowFile } from './row_file.ts';

const lineFeed = 0x0a;

/**
 * One pass over the file, and one over its index.
 * @param lines ascending, the header's first line is 1
 * @returns for each line its row; undefined for the header's lines and those outside of the file
 */
export async function rowsAtLines(file: RowFile, lines: readonly number[]): Promise<(number | undefined)[]> {
  const starts = await lineStarts(file, lines);
  const rows: (number | undefined)[] = lines.map(() => undefined);
  let next = starts.findIndex((start) => start >= file.header.length);
  if (next < 0) return rows;
  // A line belongs to the last row that begins no later than the line does.
  await file.visitEntries((words, first) => {
    const { entryWords } = file;
    for (let at = 0; at < words.length; at += entryWords) {
      const row = first + at / entryWords;
      const begin = words[at] as number;
      for (; next < starts.length && (starts[next] as number) < begin; next++) rows[next] = row - 1;
    }
  });
  for (; next < starts.length && (starts[next] as number) < file.bytes; next++) rows[next] = file.rows - 1;
  return rows;
}

/** The first byte of each line; Infinity for a line that the file does not have. */
async function lineStarts(file: RowFile, lines: readonly number[]): Promise<Float64Array> {
  const starts = new Float64Array(lines.length).fill(Number.POSITIVE_INFINITY);
  let wanted = 0;
  let line = 1;
  const begins = (position: number) => {
    for (; wanted < lines.length && (lines[wanted] as number) <= line; wanted++) starts[wanted] = position;
  };
  begins(0);
  await file.visitBytes(0, file.bytes, (piece, position) => {
    for (let at = piece.indexOf(lineFeed); at >= 0; at = piece.indexOf(lineFeed, at + 1)) {
      line += 1;
      begins(position + at + 1);
    }
  });
  return starts;
}
