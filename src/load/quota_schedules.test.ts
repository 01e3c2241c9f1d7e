import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import t from 'tap';
import { usualQuota } from '../../integration_tests/support/usual_settings.ts';
import { day, hour, minute } from '../clock.ts';
import { quotaWindows } from '../config/quota_windows.ts';
import { type Instant, Ledger, type ListedCall } from './quota.ts';

const page = join(dirname(createRequire(import.meta.url).resolve('#package.json')), 'docs/quota.md');

const at = (elapsed: number): Instant => ({ wall: 1e12 + elapsed, elapsed });

/** A row of the table in "Planning schedules". */
interface Schedule {
  readonly files: number;
  /** Undefined for a load that is made once. */
  readonly syncsPerDay: number | undefined;
  readonly hours: number;
}

function schedules(): Schedule[] {
  const [, table = ''] = readFileSync(page, 'utf8').split('| Streams, one file each |');
  const rows = table.split('\n\n')[0]?.split('\n').slice(2) ?? [];
  return rows.map((row) => {
    const [, first = '', syncs = '', duration = ''] = row.split('|').map((cell) => cell.trim());
    const number = (unit: string) => Number(new RegExp(`(\\d+) ${unit}`).exec(duration)?.[1] ?? 0);
    const gigabytes = /([\d.]+) GB/.exec(first)?.[1];
    const files = Number(/(\d+)(?: files)?$/.exec(first)?.[1]);
    if (gigabytes) t.equal(files, Math.ceil((Number(gigabytes) * 1e9) / 75e6), first);
    const syncsPerDay = /, say (\d+)/.exec(syncs)?.[1] ?? /^\d+/.exec(syncs)?.[0];
    return {
      files,
      syncsPerDay: syncsPerDay ? Number(syncsPerDay) : undefined,
      hours: number('day') * 24 + number('hour'),
    };
  });
}

/** When each submission of a sync that starts at `start` is made, after earlier ones. */
function sync(start: number, files: number, before: readonly number[]): number[] {
  const ledger = new Ledger(quotaWindows(usualQuota));
  const listed = before.map((when, job): ListedCall => {
    return { identity: `J${job}`, send: undefined, ageMs: start - when, own: true, calls: 1 };
  });
  ledger.learn(listed, at(start));
  const times: number[] = [];
  for (let now = start; times.length < files; ) {
    const slot = ledger.next(at(now));
    if (slot.free) {
      ledger.answer(ledger.begin(), at(now));
      times.push(now);
    } else now += slot.waitMs;
  }
  return times;
}

t.test('the table of schedules in docs/quota.md holds even after a week of syncs', async (t) => {
  const rows = schedules();
  t.equal(rows.length, 9);
  for (const { files, syncsPerDay = 1, hours } of rows) {
    const times: number[] = [];
    const days = hours > 24 ? 1 : 7;
    for (let turn = 0; turn < days * syncsPerDay; turn += 1) {
      const start = (turn * day) / syncsPerDay;
      const own = sync(start, files, times);
      times.push(...own);
      const took = (own.at(-1) ?? 0) - start;
      const most = hours * hour + 10 * minute;
      t.ok(took >= hours * hour && took < most, `sync ${turn} of ${files} files takes ${took / hour} hours`);
    }
  }
});
