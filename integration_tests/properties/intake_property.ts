/** The property of the intake: whether lines fit a template changes nothing in the results. */

import type { Batcher } from '../../src/batch/batcher.ts';
import { ConnectorError } from '../../src/errors.ts';
import type { Arrival, IntakeParts } from '../../src/intake.ts';
import { type Folders, setUpBatcher } from '../support/batcher_setup.ts';
import { readAll, setUpIntake } from '../support/intake_setup.ts';
import { randomFrom } from '../support/random.ts';
import { type Feed, feedOf, plans } from './intake_lines.ts';

const lineFeed = Buffer.from('\n');

/** The results of the lines, each kind in order. */
interface Outcome {
  /** By the label of the plan. */
  readonly rows: Record<string, string[]>;
  readonly records: Record<string, string>;
  readonly events: string[];
  /** Number of rows that came several at once. */
  readonly together: number;
}

/** The result of one seed. */
interface Comparison {
  readonly rows: number;
  /** Number of rows that came several at once. */
  readonly together: number;
  readonly difference?: string;
}

/** Generates lines from the seed and reads them both ways. */
export async function compareTemplates(t: Folders, seed: number): Promise<Comparison> {
  const feed = feedOf(randomFrom(seed));
  const fast = await outcomeOf(t, feed, feed.lines);
  const counts = { rows: Object.values(fast.rows).flat().length, together: fast.together };
  const slow = await outcomeOf(t, feed, feed.lines.map(withoutTemplate));
  const [one, other] = [fast, slow].map(({ rows, records, events }) => [
    ...events,
    ...plans.map(({ label }) => `${records[label]} records of ${label}`),
    ...plans.flatMap(({ label }) => (rows[label] ?? []).map((row) => `${label}: ${row}`)),
  ]) as [string[], string[]];
  const at = other.findIndex((text, index) => text !== one[index]);
  if (at < 0 && one.length === other.length) return counts;
  const place = at < 0 ? other.length : at;
  return { ...counts, difference: `seed ${seed}: ${JSON.stringify({ fast: one[place], scanned: other[place] })}` };
}

/** The same line, if it is a RECORD with a beginning that no other line has. */
function withoutTemplate(line: Buffer, at: number): Buffer {
  const isRecord = line.toString('latin1', 0, 2) === '{"' && line.includes('"RECORD"');
  return isRecord ? Buffer.concat([Buffer.from(`{"number":${at},`), line.subarray(1)]) : line;
}

/** A batcher that counts rows: those that come several at once, and those that come alone. */
export function counting(batcher: Batcher) {
  const counts = { together: 0, alone: 0 };
  const counter: IntakeParts['batcher'] = {
    append: (...row) => {
      counts.alone += 1;
      return batcher.append(...row);
    },
    appendRows: (plan, rows) => {
      const isAdded = batcher.appendRows(plan, rows);
      if (isAdded) counts.together += rows.count;
      return isAdded;
    },
    delete: (...row) => batcher.delete(...row),
    compactDeletions: (planId) => batcher.compactDeletions(planId),
  };
  return { batcher: counter, counts };
}

async function outcomeOf(t: Folders, feed: Feed, lines: readonly Buffer[]): Promise<Outcome> {
  const { accounts, batcher: real, sent, rows } = await setUpBatcher(t, { maxBytes: feed.maxBytes, plans });
  const { batcher, counts: rowCounts } = counting(real);
  const events: string[] = [];
  let arrivals = 0;
  const intake = setUpIntake(
    {
      ...{ accounts, batcher },
      settlement: {
        refuse: async ({ plan, field, reason, cells }) =>
          void events.push(`reject ${plan.label} ${JSON.stringify([field, reason, cells])}`),
      },
      schedule: {
        isStopped: (planId) => feed.stops.has(planId) && arrivals >= feed.stopsAt,
      },
      output: { log: (_level, text) => void events.push(`warn ${text}`) },
    },
    { values: feed.values, skipsDeleted: feed.skipsDeleted },
  );
  const note = (arrival: Arrival) => {
    arrivals += 1;
    if (arrival.kind === 'foreign state') events.push(`pass ${arrival.text}`);
    if (arrival.kind !== 'state') return;
    const { type, text, line, plan } = arrival;
    const skipped = [...accounts].map((account) => account.skipped);
    events.push(`hold ${type} ${text} ${line} ${plan?.label} after ${skipped} skipped`);
  };
  try {
    const bytes = Buffer.concat(lines.flatMap((line) => [line, lineFeed]));
    const step = Math.max(feed.chunkBytes, bytes.length >> 14);
    for (let from = 0; from < bytes.length; from += step)
      await readAll(intake, bytes.subarray(from, from + step), note);
    await readAll(intake, 'end', note);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    events.push(`${error.code} ${error.message}`);
  }
  const found = Object.fromEntries(plans.map(({ label }) => [label, [] as string[]]));
  for (const { id } of plans) await real.close(id, 'end');
  for (const batch of sent) found[batch.plan.label]?.push(...(await rows(batch)));
  const counts = [...accounts].map(({ plan, received, skipped }) => [plan.label, `${received} (${skipped} skipped)`]);
  const records = Object.fromEntries(counts);
  return { rows: found, records, events, together: rowCounts.together };
}
