/** The property of the intake: whether a record takes the fast path changes nothing in the results. */

import { ConnectorError } from '../../src/errors.ts';
import type { Arrival } from '../../src/intake.ts';
import { UsualRecords } from '../../src/records/usual.ts';
import { type Folders, setUpBatcher } from '../support/batcher_setup.ts';
import { readAll, setUpIntake } from '../support/intake_setup.ts';
import { randomFrom } from '../support/random.ts';
import { type Feed, feedOf, isSpacer, plans, spacer } from './usual_lines.ts';

const lineFeed = Buffer.from('\n');

/** The results of the lines, each kind in order. */
interface Outcome {
  /** By the label of the plan. */
  readonly rows: Record<string, string[]>;
  readonly records: Record<string, string>;
  readonly events: string[];
}

/** The result of one seed. */
interface Comparison {
  readonly rows: number;
  /** Number of records that took the fast path. */
  readonly usual: number;
  readonly difference?: string;
}

let usual = 0;
const { encode } = UsualRecords.prototype;
UsualRecords.prototype.encode = function counted(...line) {
  const length = encode.apply(this, line);
  if (length > 0) usual++;
  return length;
};

/** Generates lines from the seed and reads them both ways. */
export async function compareUsual(t: Folders, seed: number): Promise<Comparison> {
  usual = 0;
  const feed = feedOf(randomFrom(seed));
  const fast = await outcomeOf(t, feed, feed.lines);
  const counts = { rows: Object.values(fast.rows).flat().length, usual };
  // With streams that take turns the fast path is never used.
  const slow = await outcomeOf(
    t,
    { ...feed, linesApart: 2 },
    feed.lines.flatMap((line) => [line, spacer]),
  );
  const counted = plans.filter((plan) => !isSpacer(plan));
  const [one, other] = [fast, slow].map(({ rows, records, events }) => [
    ...events,
    ...counted.map(({ label }) => `${records[label]} records of ${label}`),
    ...counted.flatMap(({ label }) => (rows[label] ?? []).map((row) => `${label}: ${row}`)),
  ]) as [string[], string[]];
  const at = other.findIndex((text, index) => text !== one[index]);
  if (at < 0 && one.length === other.length) return counts;
  const place = at < 0 ? other.length : at;
  return { ...counts, difference: `seed ${seed}: ${JSON.stringify({ usual: one[place], scanned: other[place] })}` };
}

async function outcomeOf(t: Folders, feed: Feed, lines: readonly Buffer[]): Promise<Outcome> {
  const { accounts, batcher, sent, rows } = await setUpBatcher(t, { maxBytes: feed.maxBytes, plans });
  const events: string[] = [];
  const lineOf = (line: number) => Math.ceil(line / feed.linesApart);
  const asked = new Map<number, number>();
  const intake = setUpIntake(
    {
      ...{ accounts, batcher },
      settlement: {
        refuse: async ({ plan, field, reason, cells }) =>
          void events.push(`reject ${plan.label} ${JSON.stringify([field, reason, cells])}`),
      },
      schedule: {
        isStopped(planId) {
          const count = (asked.get(planId) ?? 0) + 1;
          asked.set(planId, count);
          return feed.stops.has(planId) && Math.floor(count / 20) % 2 === 1;
        },
      },
      output: { log: (_level, text) => void events.push(`warn ${text}`) },
    },
    { values: feed.values, skipsDeleted: feed.skipsDeleted },
  );
  const note = (arrival: Arrival) => {
    if (arrival.kind === 'foreign state') events.push(`pass ${arrival.text}`);
    if (arrival.kind !== 'state') return;
    const { type, text, line, plan } = arrival;
    const skipped = [...accounts].map((account) => account.skipped);
    events.push(`hold ${type} ${text} ${lineOf(line)} ${plan?.label} after ${skipped} skipped`);
  };
  try {
    const bytes = Buffer.concat(lines.flatMap((line) => [line, lineFeed]));
    const step = Math.max(feed.chunkBytes, bytes.length >> 14);
    for (let from = 0; from < bytes.length; from += step)
      await readAll(intake, bytes.subarray(from, from + step), note);
    await readAll(intake, 'end', note);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    events.push(`${error.code} ${error.message.replace(/Line (\d+)/, (_, line) => `Line ${lineOf(Number(line))}`)}`);
  }
  const found = Object.fromEntries(plans.map(({ label }) => [label, [] as string[]]));
  for (const { id } of plans) await batcher.close(id, 'end');
  for (const batch of sent) found[batch.plan.label]?.push(...(await rows(batch)));
  const counts = [...accounts].map(({ plan, received, skipped }) => [plan.label, `${received} (${skipped} skipped)`]);
  const records = Object.fromEntries(counts);
  return { rows: found, records, events };
}
