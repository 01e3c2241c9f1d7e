import t from 'tap';
import { hour } from '../../clock.ts';
import type { BulkJob } from '../../gainsight/contract.ts';
import { type Page, readPages } from './paging.ts';

const now = Date.UTC(2026, 0, 5);

/** Jobs, one per hour, newest first: job 0 is the youngest. */
function jobsOf(count: number): BulkJob[] {
  return Array.from({ length: count }, (_, age) => ({
    jobId: `${age}`,
    createdDate: new Date(now - age * hour).toISOString(),
  }));
}

const orders: Record<string, (jobs: BulkJob[]) => BulkJob[]> = {
  newest: (jobs) => jobs,
  oldest: (jobs) => jobs.toReversed(),
  none: (jobs) => jobs.toSorted((a, b) => scatter(a) - scatter(b)),
};
const scatter = ({ jobId }: BulkJob) => (Number(jobId) * 7919) % 10_007;

interface Tenant {
  readonly jobs: BulkJob[];
  /** Maximum page length. */
  readonly clip: number;
  readonly logsTotal: boolean;
  /** Called before each page except the first. */
  readonly meanwhile?: (jobs: BulkJob[]) => void;
}

/** Reads a tenant's list back to `hours`; returns what was seen, and the number of pages. */
async function read(tenant: Tenant, hours: number, enough?: string) {
  const offsets: number[] = [];
  const seen = new Set<string>();
  const fetchPage = async (offset: number): Promise<Page> => {
    if (offsets.length > 0) tenant.meanwhile?.(tenant.jobs);
    offsets.push(offset);
    const records = tenant.jobs.slice(offset, offset + tenant.clip);
    return { list: { records, ...(tenant.logsTotal && { totalCount: tenant.jobs.length }) }, serverTime: now };
  };
  const end = await readPages(fetchPage, (jobs) => {
    for (const { jobId = '' } of jobs) seen.add(jobId);
    if (enough !== undefined && seen.has(enough)) return 'enough';
    const youngest = Math.max(...jobs.map(({ createdDate = '' }) => Date.parse(createdDate)));
    return now - youngest > hours * hour ? 'old' : 'more';
  });
  return { end, seen, offsets };
}

const recent = (hours: number) => Array.from({ length: hours + 1 }, (_, age) => `${age}`);

/** One page with a round number of jobs, and nothing after it: without a total a limit may have cut it. */
const mayBeCut = ({ jobs: { length }, clip, logsTotal }: Tenant) =>
  !logsTotal && length > 0 && length <= clip && length % 25 === 0;

t.test('however the list is ordered and clipped, all jobs that are young enough are seen', async (t) => {
  for (const [name, order] of Object.entries(orders)) {
    for (const count of [0, 1, 2, 24, 25, 26, 200, 700]) {
      for (const clip of [25, 200]) {
        for (const logsTotal of [true, false]) {
          const tenant = { jobs: order(jobsOf(count)), clip, logsTotal };
          const { end, seen } = await read(tenant, 24);
          const label = `${count} jobs, ${name}, pages of ${clip}, ${logsTotal ? 'with' : 'without'} total`;
          t.equal(end, mayBeCut(tenant) ? 'partial' : 'whole', label);
          t.same(
            recent(24).filter((id) => Number(id) < count && !seen.has(id)),
            [],
            label,
          );
        }
      }
    }
  }
});

t.test('a job created while the list is read does not make it incomplete', async (t) => {
  for (const count of [1, 2, 30]) {
    let made = 0;
    const meanwhile = (jobs: BulkJob[]) => {
      made += 1;
      if (made === 1) jobs.unshift({ jobId: 'new', createdDate: new Date(now + hour).toISOString() });
    };
    const { end, seen } = await read({ jobs: jobsOf(count), clip: 25, logsTotal: true, meanwhile }, 100);
    t.equal(end, 'whole', `${count} jobs`);
    t.same(
      recent(count - 1).filter((id) => !seen.has(id)),
      [],
    );
  }
});

t.test('nor does it hide jobs that it moves to a later page, with one job per page and no order', async (t) => {
  for (const place of [0, 3, 5, 9]) {
    let pages = 0;
    const meanwhile = (jobs: BulkJob[]) => {
      pages += 1;
      if (pages === 6) jobs.splice(place, 0, { jobId: 'new', createdDate: new Date(now + hour).toISOString() });
    };
    const jobs = orders['none']?.(jobsOf(12)) ?? [];
    const { end, seen } = await read({ jobs, clip: 1, logsTotal: true, meanwhile }, 100);
    t.equal(end, 'whole', `${place}`);
    t.same(
      recent(11).filter((id) => !seen.has(id)),
      [],
    );
  }
});

t.test('of 5,000 jobs no more pages are read than needed', async (t) => {
  const cases = [
    { name: 'newest', logsTotal: true, hours: 24, offsets: [0, 200] },
    { name: 'newest', logsTotal: true, hours: 168, offsets: [0, 200] },
    { name: 'newest', logsTotal: false, hours: 250, offsets: [0, 200, 400] },
    // To the end and back: the first page with only old jobs ends it.
    { name: 'oldest', logsTotal: true, hours: 24, offsets: [0, 4800, 5000, 4600] },
    { name: 'oldest', logsTotal: true, hours: 250, offsets: [0, 4800, 5000, 4600, 4400] },
    { name: 'oldest', logsTotal: false, hours: 24, offsets: Array.from({ length: 26 }, (_, page) => page * 200) },
  ];
  for (const { name, logsTotal, hours, offsets } of cases) {
    const found = await read({ jobs: orders[name]?.(jobsOf(5000)) ?? [], clip: 200, logsTotal }, hours);
    t.same(found.offsets, offsets, `${name}, ${hours} h`);
    t.equal(found.end, 'whole');
    t.ok(recent(hours).every((id) => found.seen.has(id)));
  }
});

t.test('without an order 50 pages are read, and the reading is incomplete', async (t) => {
  const all = await read({ jobs: orders['none']?.(jobsOf(5000)) ?? [], clip: 200, logsTotal: true }, 24);
  t.equal(all.end, 'whole');
  t.equal(all.offsets.length, 26);
  const part = await read({ jobs: orders['none']?.(jobsOf(5000)) ?? [], clip: 25, logsTotal: true }, 24);
  t.equal(part.end, 'partial');
  t.equal(part.offsets.length, 50);
});

t.test('no job of a list that grows while it is read is missed', async (t) => {
  for (const [name, add] of Object.entries({
    newest: (jobs: BulkJob[], job: BulkJob) => jobs.unshift(job),
    oldest: (jobs: BulkJob[], job: BulkJob) => jobs.push(job),
  })) {
    for (const logsTotal of [true, false]) {
      let more = 0;
      const meanwhile = (jobs: BulkJob[]) => {
        more += 1;
        if (more <= 30) add(jobs, { jobId: `new ${more}`, createdDate: new Date(now + more * 1000).toISOString() });
      };
      const jobs = orders[name]?.(jobsOf(700)) ?? [];
      const { seen, end } = await read({ jobs, clip: 25, logsTotal, meanwhile }, 300);
      t.equal(end, 'whole');
      t.same(
        recent(300).filter((id) => !seen.has(id)),
        [],
        name,
      );
    }
  }
});

t.test('a list that grows while its only page is read is complete: jobs made since are not requested', async (t) => {
  for (const count of [1, 2, 25]) {
    const meanwhile = (jobs: BulkJob[]) => {
      jobs.unshift({ jobId: `new ${jobs.length}`, createdDate: new Date(now + jobs.length * 1000).toISOString() });
    };
    const { seen, end } = await read({ jobs: jobsOf(count), clip: 25, logsTotal: true, meanwhile }, 300);
    t.equal(end, 'whole', `${count} jobs`);
    t.same([...seen], recent(count - 1));
  }
});

t.test('a list without a total is complete even if jobs made in the meantime fill its first page', async (t) => {
  for (const [count, clip] of [
    [1, 25],
    [2, 25],
    [3, 1],
    [40, 2],
  ] as const) {
    for (const made of [1, 2, 3]) {
      let pages = 0;
      const meanwhile = (jobs: BulkJob[]) => {
        pages += 1;
        if (pages > 1) return;
        for (let at = 0; at < made; at++)
          jobs.unshift({ jobId: `new ${at}`, createdDate: new Date(now + (at + 1) * 1000).toISOString() });
      };
      const { seen, end, offsets } = await read({ jobs: jobsOf(count), clip, logsTotal: false, meanwhile }, 300);
      const name = `${count} jobs, pages of ${clip}, ${made} more`;
      if (made > clip) {
        // More than a page repeats seen jobs: it cannot be distinguished from a tenant that ignores the offset.
        t.ok(end === 'partial' || recent(count - 1).every((id) => seen.has(id)), name);
        continue;
      }
      t.equal(end, 'whole', name);
      t.same(
        recent(count - 1).filter((id) => !seen.has(id)),
        [],
        name,
      );
      t.ok(offsets.length <= Math.ceil(count / clip) + 3, `${name}: ${offsets}`);
    }
  }
});

t.test('a page of seen jobs does not end a list without a total, but the page after it does', async (t) => {
  const [job] = jobsOf(1);
  const pagesOf = async (...pages: (BulkJob[] | undefined)[]) => {
    let at = 0;
    const fetchPage = async (): Promise<Page> => {
      const records = pages[at++];
      return { list: { ...(records && { records }) }, serverTime: now };
    };
    return { end: await readPages(fetchPage, () => 'more'), pages: at };
  };
  const one = job ? [job] : [];
  t.same(await pagesOf(one, one, []), { end: 'whole', pages: 3 });
  t.same(await pagesOf(one, one, one), { end: 'partial', pages: 3 }, 'the same whatever the offset');
  t.same(await pagesOf(one, one, undefined), { end: 'partial', pages: 3 }, 'no records');
  t.same(await pagesOf(jobsOf(2), one), { end: 'whole', pages: 2 }, 'less than the first page');
  t.same(await pagesOf(jobsOf(2), jobsOf(2), one), { end: 'partial', pages: 3 }, 'seen jobs again and again');
});

t.test('reading stops once enough was seen', async (t) => {
  for (const [name, order] of Object.entries(orders)) {
    const jobs = order(jobsOf(600));
    for (const at of [0, 199, 200, 599]) {
      const wanted = jobs[at]?.jobId ?? '';
      for (const logsTotal of [true, false]) {
        const { offsets, seen } = await read({ jobs, clip: 200, logsTotal }, 1e6, wanted);
        t.ok(seen.has(wanted), name);
        t.equal(offsets.at(-1), Math.floor(at / 200) * 200, `${name}, job at ${at}: its page is the last`);
      }
    }
  }
});

t.test('jobs without dates have no order, and all are read', async (t) => {
  const jobs = Array.from({ length: 300 }, (_, at) => ({ jobId: `${at}` }));
  const { seen, end } = await read({ jobs, clip: 25, logsTotal: true }, 24);
  t.equal(end, 'whole');
  t.equal(seen.size, 300);
});

/** Pages as a function of the offset; returns how many were requested. */
async function ask(pageAt: (offset: number) => BulkJob[], totalCount?: number) {
  let pages = 0;
  const seen = new Set<string | undefined>();
  const end = await readPages(
    async (offset) => {
      pages += 1;
      return { list: { records: pageAt(offset), ...(totalCount && { totalCount }) }, serverTime: now };
    },
    (jobs) => {
      for (const { jobId } of jobs) seen.add(jobId);
      return 'more';
    },
  );
  return { pages, seen, end };
}

t.test(
  'a list with the same page for every offset is read twice, and is complete only if its total says so',
  async (t) => {
    for (const [name, order] of Object.entries(orders)) {
      const page = order(jobsOf(30));
      for (const totalCount of [undefined, 30, 31, 9e15]) {
        const { pages, end } = await ask(() => page, totalCount);
        t.equal(end, totalCount === 30 ? 'whole' : 'partial', `${name}, ${totalCount} in total`);
        t.ok(pages <= 3, `${name}, ${totalCount} in total: ${pages} pages`);
      }
    }
    const nameless = await ask(() => [{}, {}]);
    t.match(nameless, { pages: 1, end: 'partial' });
    t.match(await ask(() => [{}, {}], 2), { pages: 1, end: 'partial' }, 'they may be ours');
  },
);

t.test('an endless list is incomplete', async (t) => {
  for (const step of [-1000, 1000]) {
    for (const totalCount of [undefined, 1e6]) {
      const jobAt = (at: number) => ({ jobId: `${at}`, createdDate: new Date(now + at * step).toISOString() });
      const { pages, seen, end } = await ask(
        (offset) => Array.from({ length: 200 }, (_, at) => jobAt(offset + at)),
        totalCount,
      );
      t.equal(end, 'partial');
      t.ok(pages <= 251 && seen.size <= 50_200, `${pages} pages`);
    }
  }
});

t.test('a total that is too high hides no job, and makes the reading incomplete', async (t) => {
  const jobs = jobsOf(500).toReversed();
  for (const totalCount of [501, 699, 701, 5000, 9e15]) {
    const { seen, end } = await ask((offset) => jobs.slice(offset, offset + 200), totalCount);
    t.equal(seen.size, 500, `${totalCount}`);
    t.equal(end, 'partial');
  }
});

t.test('an answer without records is no list, but an empty one is', async (t) => {
  const end = (list: object) =>
    readPages(
      async () => ({ list, serverTime: now }),
      () => 'more',
    );
  t.equal(await end({}), 'partial');
  t.equal(await end({ totalCount: 7 }), 'partial');
  t.equal(await end({ records: [], totalCount: 7 }), 'partial');
  t.equal(await end({ records: [], totalCount: 0 }), 'whole');
  t.equal(await end({ records: [] }), 'whole');
});

t.test('jobs without a usable id are distinguished by name and date', async (t) => {
  const jobs = Array.from({ length: 300 }, (_, at) => ({
    fileName: `${at}.csv`,
    createdDate: new Date(now - at * hour).toISOString(),
  }));
  const { pages, end } = await ask((offset) => jobs.slice(offset, offset + 200), 300);
  t.match({ pages, end }, { pages: 3, end: 'whole' });
});

t.test('a missing list is reported', async (t) => {
  t.equal(
    await readPages(
      async () => undefined,
      () => 'more',
    ),
    'absent',
  );
});

t.test('unreadable records that may be ours make a list incomplete', async (t) => {
  const own = 'ptmxpdrvgl3u6qustx7r.3cnvasta.1.b3xt5aunfg.7.0.hipsbadc.contacts.csv';
  for (const [record, expected] of [
    [{}, 'partial'],
    [{ fileName: own }, 'partial'],
    [{ fileName: 'other client 1.csv', createdDate: '2026-01-05T09:00:00Z' }, 'whole'],
    [{ jobId: 'J1', fileName: own }, 'whole'],
    [{ jobId: 'J1' }, 'whole'],
  ] as const) {
    const list = { records: [record], totalCount: 1 };
    const fetchPage = async (offset: number) => ({
      list: offset === 0 ? list : { records: [], totalCount: 1 },
      serverTime: undefined,
    });
    t.equal(await readPages(fetchPage, () => 'more'), expected, JSON.stringify(record));
  }
});

t.test('without a total a list that ends at a round number may have been cut', async (t) => {
  for (const [jobs, expected] of [
    [24, 'whole'],
    [25, 'partial'],
    [26, 'whole'],
    [200, 'partial'],
  ] as const) {
    const records = Array.from({ length: jobs }, (_, at) => ({ jobId: `J${at}`, fileName: 'x.csv' }));
    const page = (offset: number, more: object) => ({
      list: { records: offset === 0 ? records : [], ...more },
      serverTime: undefined,
    });
    t.equal(
      await readPages(
        async (offset) => page(offset, {}),
        () => 'more',
      ),
      expected,
      `${jobs} jobs`,
    );
    const total = { totalCount: jobs };
    t.equal(
      await readPages(
        async (offset) => page(offset, total),
        () => 'more',
      ),
      'whole',
      `a total of ${jobs}`,
    );
  }
});
