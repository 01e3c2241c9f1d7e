import fc from 'fast-check';
import t from 'tap';
import { day } from '../../clock.ts';
import type { Plan } from '../../model.ts';
import { keyTextOf } from './row_keys.ts';
import type { Storage, StoredFile } from './storage.ts';
import {
  cellsFor,
  isOfPlan,
  mappingOf,
  mostTries,
  prospectOf,
  type Waiting,
  type WaitingJob,
  type WaitingRow,
  WaitingRows,
} from './waiting.ts';
import { parseWaiting, readWaiting, textOf, WaitingWriter } from './waiting_files.ts';

/** Columns of the fields' names. */
function columnsOf(...fields: string[]): string[] {
  return mappingOf({ columns: fields.map((field) => ({ path: [field], field, isDateTime: false })) });
}

const about: WaitingJob = {
  stream: { name: 'accounts', namespace: null },
  ...{ object: 'Company', operation: 'UPSERT', keyFields: ['Id'], columns: columnsOf('Id', 'Name', 'Stage') },
  ...{ fields: ['Id', 'Name', 'Stage'], token: 'token', formats: 'formats', job: 'j1', numbering: 2, rejectedAt: 0 },
};

const plan = {
  ...{ id: 0, stream: { name: 'accounts' }, label: 'accounts', object: 'Company', operation: 'UPSERT' },
  ...{ keyFields: ['Id'], keyColumns: [0], incremental: true, parents: [] },
  columns: ['Id', 'Name', 'Stage'].map((field) => ({ path: [field], field, isDateTime: false })),
} as Plan;

function rowOf(row: number, more: Partial<WaitingRow> = {}): WaitingRow {
  return { row, cells: [`${row}`, 'Ada', null], field: 'Name', reason: 'too long', tries: 0, ...more };
}

function waitingOf(row: Partial<WaitingRow> = {}, job: Partial<WaitingJob> = {}): Waiting {
  return { id: 'id', about: { ...about, ...job }, row: rowOf(1, row) };
}

t.test(
  'a row is given up after seven days, after five tries, and if the mapping of the stream has changed',
  async (t) => {
    const prospects: [string, Waiting, Plan | undefined, number, string][] = [
      ['a new row', waitingOf(), plan, 0, 'waiting'],
      ['after seven days to the millisecond', waitingOf(), plan, 7 * day, 'waiting'],
      ['a millisecond later', waitingOf(), plan, 7 * day + 1, 'waited for seven days'],
      ['the same of a stream that this sync lacks', waitingOf(), undefined, 8 * day, 'waited for seven days'],
      ['after four tries', waitingOf({ tries: mostTries - 1 }), plan, 0, 'waiting'],
      ['after five tries', waitingOf({ tries: mostTries }), plan, 0, 'tried 5 times'],
      ['another key', waitingOf({}, { keyFields: ['Name'] }), plan, 0, 'the mapping of the stream has changed'],
      [
        'other fields',
        waitingOf({}, { columns: columnsOf('Id', 'Name') }),
        plan,
        0,
        'the mapping of the stream has changed',
      ],
      [
        'a field from another column',
        waitingOf(),
        { ...plan, columns: plan.columns.map((each) => (each.field === 'Name' ? { ...each, path: ['title'] } : each)) },
        0,
        'the mapping of the stream has changed',
      ],
      ['other formats', waitingOf({}, { formats: 'x' }), plan, 0, 'the formats of values have changed'],
      ['other formats in another connection', waitingOf({}, { formats: 'x', token: 'other' }), plan, 0, 'waiting'],
      ['another operation', waitingOf({}, { operation: 'UPDATE' }), plan, 0, 'the mapping of the stream has changed'],
      [
        'other fields in another connection',
        waitingOf({}, { columns: columnsOf('Id'), token: 'other' }),
        plan,
        0,
        'waiting',
      ],
      [
        'another object, which the stream may have in another connection',
        waitingOf({}, { object: 'A' }),
        plan,
        0,
        'waiting',
      ],
      [
        'no longer incremental',
        waitingOf(),
        { ...plan, incremental: false },
        0,
        'the mapping of the stream has changed',
      ],
    ];
    for (const [name, waiting, of, now, expected] of prospects) {
      const prospect = prospectOf(waiting, of, { token: 'token', formats: 'formats' }, now);
      t.equal(prospect.is === 'waiting' ? 'waiting' : prospect.why, expected, name);
    }
  },
);

t.test('rows go with a plan of the same stream, object, operation, keys and fields', async (t) => {
  t.ok(isOfPlan(about, plan));
  const others: Partial<WaitingJob>[] = [
    { stream: { name: 'contacts', namespace: null } },
    { stream: { name: 'accounts', namespace: 'crm' } },
    { object: 'company' },
    { operation: 'UPDATE' },
    { keyFields: ['Name'] },
    { columns: columnsOf('Name', 'Id', 'Stage') },
  ];
  for (const other of others) t.notOk(isOfPlan({ ...about, ...other }, plan), JSON.stringify(other));
});

t.test('a row goes into a file that has all fields of which it has a value, and no others', async (t) => {
  const cells: [readonly string[], Partial<WaitingRow>, Partial<WaitingJob>, (string | null)[] | undefined][] = [
    [['Id', 'Name', 'Stage'], {}, {}, ['1', 'Ada', null]],
    [['Stage', 'Id', 'Name'], {}, {}, [null, '1', 'Ada']],
    [['Id', 'Name'], {}, {}, ['1', 'Ada']],
    [['Id', 'Stage'], {}, {}, undefined],
    [['Id', 'Name', 'Stage'], { cells: ['1', 'Ada'] }, { fields: ['Id', 'Name'] }, undefined],
  ];
  for (const [fields, row, job, expected] of cells) {
    t.same(cellsFor(fields, waitingOf(row, job)), expected, fields.join());
  }
});

t.test('keys are compared regardless of case, outer space and order of the fields', async (t) => {
  const key = keyTextOf(['Id', 'Site'], ['Id', 'Site', 'Name'], ['A1', 'eu', 'x']);
  t.equal(keyTextOf(['Site', 'Id'], ['Site', 'Id'], [' EU ', 'a1']), key);
  t.not(keyTextOf(['Site', 'Id'], ['Site', 'Id'], ['a1', 'eu']), key);
  t.equal(keyTextOf(['Id', 'Site'], ['Id', 'Site'], ['A1', null]), undefined);
  t.equal(keyTextOf(['Id'], ['Name'], ['x']), undefined);
});

t.test('anything but a file of waiting rows is recognised', async (t) => {
  const rows = new WaitingRows();
  rows.add('p', '7.0', about, rowOf(3));
  rows.send('abc', { digest: 'd', rows: 2, ids: ['p.j1:3'], at: 0 });
  rows.end('p.j1:9', 5);
  const text = textOf(rows, 0);
  t.equal(textOf(parseWaiting(text) as WaitingRows, 0), text);
  const content = JSON.parse(text);
  const [job] = content.jobs;
  const broken: [string, unknown][] = [
    ['a newer version', { ...content, version: 2 }],
    ['no jobs', { ...content, jobs: {} }],
    ['a job without its object', { ...content, jobs: [{ ...job, object: undefined }] }],
    ['a row with too few cells', { ...content, jobs: [{ ...job, rows: [{ ...job.rows[0], cells: ['1'] }] }] }],
    ['a cell that is no text', { ...content, jobs: [{ ...job, rows: [{ ...job.rows[0], cells: ['1', 2, null] }] }] }],
    ['an end without a time', { ...content, ended: { a: [[0, 1]] } }],
    ['a range from its end', { ...content, ended: { a: [[2, 1, 5]] } }],
    ['a file without rows', { ...content, sent: { a: { digest: 'd' } } }],
    ['a row beyond those of its file', { ...content, sent: { a: { ...content.sent.abc, ids: { p: [[1, 3]] } } } }],
    ['a time that no date has', { ...content, jobs: [{ ...job, rejectedAt: -1e300 }] }],
    ['more rows at the end of a file than any has', { ...content, sent: { a: { ...content.sent.abc, count: 4e9 } } }],
    ['null', null],
    ['a list', []],
  ];
  for (const [name, value] of broken) t.equal(parseWaiting(JSON.stringify(value)), undefined, name);
  for (const cut of [0, 1, 40, text.length - 3]) t.equal(parseWaiting(text.slice(0, cut)), undefined, `${cut} bytes`);
});

t.test('any text may be an id', async (t) => {
  const rows = new WaitingRows();
  rows.send('abc', { digest: 'd', rows: 2, ids: ['__proto__:3'], at: 0 });
  t.same(parseWaiting(textOf(rows, 0))?.sentAs('abc')?.ids, ['__proto__:3']);
});

t.test('an end is forgotten when no file can contain the row any more', async (t) => {
  const rows = new WaitingRows();
  rows.end('a:3', 0);
  t.match(textOf(rows, 14 * day), '"a":[[3,3,0]]');
  t.notMatch(textOf(rows, 14 * day + 1), '"a":');
});

t.test('what has ended takes as little room as what waits, whatever their number', async (t) => {
  const [rows, jobs, each] = [new WaitingRows(), 60, 5500];
  for (let job = 0; job < jobs; job += 1) {
    const of = { ...about, job: `j${job}` };
    const ids = Array.from({ length: each }, (_, at) => rows.add('8.0.abcdefgh', '8.0', of, rowOf(at * 20)).id);
    rows.send(`s${job}`, { digest: 'abcdefghijklmnopqrst', rows: 2 * each, ids, at: 1 });
    for (const [at, id] of ids.entries()) if (at !== 1000 || job > 0) rows.end(id, 1);
  }
  const text = textOf(rows, 1);
  t.ok(text.length < 20_000, `${text.length} characters for ${jobs * each} rows`);
  const read = parseWaiting(text) as WaitingRows;
  t.same(
    [...read].map(({ id }) => id),
    ['8.0.abcdefgh.j0:20000'],
    'the one that still waits',
  );
  t.ok(read.hasEnded('8.0.abcdefgh.j0:19980'));
  t.notOk(read.hasEnded('8.0.abcdefgh.j0:20000'));
  t.same(
    read.sentAs('s0')?.ids.flatMap((id, at) => (id === undefined ? [] : [[id, at]])),
    [['8.0.abcdefgh.j0:20000', 1000]],
  );
  t.equal(read.sentAs('s59')?.ids.length, each, 'how many went with a file is remembered');
});

/** What may be known of a few rows; any two writers may know different things. */
const facts = fc.array(
  fc.record({
    does: fc.constantFrom('add', 'end', 'try', 'reject', 'compare', 'send'),
    process: fc.constantFrom('p', 'q'),
    row: fc.nat(2),
  }),
  { maxLength: 12 },
);

/** The same process says the same of a row, and says it once; it adds the rows of a job in their order. */
function addUpTo(rows: WaitingRows, process: string, last: number): void {
  for (let row = 0; row <= last; row += 1) {
    const id = `${process}.j1:${row}`;
    if (!rows.byId(id) && !rows.hasEnded(id)) rows.add(process, process, about, rowOf(row));
  }
}

function rowsOf(steps: readonly Fact[]): WaitingRows {
  const rows = new WaitingRows();
  for (const { does, process, row } of steps) {
    const id = `${process}.j1:${row}`;
    if (does === 'add') addUpTo(rows, process, row);
    if (does === 'end' && rows.byId(id)) rows.end(id, 1);
    if (does === 'try') rows.tried(id);
    if (does === 'reject') rows.rejected(id, 'Name', `reason ${process}`);
    if (does === 'compare') rows.compare(`${process}.0`, () => true);
    if (does === 'send' && rows.byId(id)) rows.send(`${process}${row}`, { digest: 'd', rows: 1, ids: [id], at: 1 });
  }
  return rows;
}

interface Fact {
  readonly does: string;
  readonly process: string;
  readonly row: number;
}

function merged(...all: readonly WaitingRows[]): string {
  const rows = new WaitingRows();
  for (const each of all) rows.merge(parseWaiting(textOf(each, 1)) as WaitingRows);
  return normal(rows);
}

/** Without the order in which things became known. */
function normal(rows: WaitingRows): string {
  const { jobs, ended, sent } = JSON.parse(textOf(rows, 1));
  for (const job of jobs) {
    job.comparedBy.sort();
    job.rows.sort((one: WaitingRow, other: WaitingRow) => one.row - other.row);
  }
  const sorted = (value: object) => Object.entries(value).sort();
  return JSON.stringify([
    jobs.sort((a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)),
    sorted(ended),
    sorted(sent),
  ]);
}

t.test('what writers know is merged in any order and any number of times', async () => {
  fc.assert(
    fc.property(facts, facts, facts, (one, two, three) => {
      const [a, b, c] = [rowsOf(one), rowsOf(two), rowsOf(three)];
      const once = merged(a, b, c);
      return [merged(c, b, a), merged(a, b, b, c, a), merged(b, c, a, c)].every((text) => text === once);
    }),
  );
});

/** A storage in memory whose calls each take a turn: another process may act, or this one be killed, between any two. */
class SlowStorage implements Storage {
  readonly place = 'memory';
  readonly #files: Map<string, Buffer>;
  readonly #turn: () => Promise<void>;
  onWritten: () => void = () => undefined;

  constructor(files: Map<string, Buffer>, turn: () => Promise<void>) {
    this.#files = files;
    this.#turn = turn;
  }

  addressOf(name: string): string {
    return name;
  }

  async write(name: string, content: Uint8Array | { readonly path: string }): Promise<void> {
    await this.#turn();
    this.#files.set(name, Buffer.from(content as Uint8Array));
    // Durable from now on, whether or not the process lives to see it.
    this.onWritten();
  }

  async read(name: string): Promise<Buffer | undefined> {
    await this.#turn();
    return this.#files.get(name);
  }

  async list(prefix: string): Promise<StoredFile[]> {
    await this.#turn();
    const names = [...this.#files.keys()].filter((name) => name.startsWith(prefix)).sort();
    return names.map((name) => ({ name, bytes: 0, modifiedMs: 0 }));
  }

  async remove(name: string): Promise<void> {
    await this.#turn();
    this.#files.delete(name);
  }
}

class Killed extends Error {}

/** One process: what it adds and ends, and before which of its calls it is killed. */
const processes = fc.array(
  fc.record({
    writes: fc.array(fc.record({ adds: fc.nat(2), ends: fc.array(fc.nat(5), { maxLength: 2 }) }), { maxLength: 3 }),
    lives: fc.oneof(fc.constant(1000), fc.nat(14)),
  }),
  { minLength: 2, maxLength: 4 },
);

/** The waiting rows as a sequential model has them: what was written was added, and what was ended in writing is gone. */
interface Model {
  readonly added: Set<string>;
  readonly ended: Set<string>;
}

async function live(
  storage: SlowStorage,
  name: string,
  { writes }: { writes: readonly { adds: number; ends: readonly number[] }[] },
  model: Model,
): Promise<void> {
  const { rows, files } = await readWaiting(storage, 'waiting/');
  const writer = new WaitingWriter(storage, `waiting/${name}`, files);
  let next = 0;
  const [added, ended]: [string[], string[]] = [[], []];
  for (const { adds, ends } of writes) {
    for (let count = 0; count < adds; count += 1) added.push(rows.add(name, name, about, rowOf(next++)).id);
    for (const at of ends) {
      const found = [...rows][at];
      if (!found) continue;
      rows.end(found.id, 1);
      ended.push(found.id);
    }
    storage.onWritten = () => {
      for (const id of added) model.added.add(id);
      for (const id of ended) model.ended.add(id);
    };
    await writer.write(rows, 1);
  }
}

t.test('writers at the same time, killed between any two calls, lose no row and bring none back', async () => {
  await fc.assert(
    fc.asyncProperty(processes, fc.infiniteStream(fc.nat(100)), async (all, choices) => {
      const model: Model = { added: new Set(), ended: new Set() };
      const files = new Map<string, Buffer>();
      const waiting: { go: () => void; number: number }[] = [];
      const running = all.map(async (process, number) => {
        let calls = 0;
        const storage = new SlowStorage(files, async () => {
          calls += 1;
          if (calls > process.lives) throw new Killed();
          await new Promise<void>((go) => waiting.push({ go, number }));
        });
        await live(storage, `p${number}`, process, model).catch((error) => {
          if (!(error instanceof Killed)) throw error;
        });
      });
      let left = true;
      const over = Promise.all(running).then(() => {
        left = false;
      });
      while (left) {
        await new Promise((resolve) => setImmediate(resolve));
        const choice = choices.next().value as number;
        waiting.splice(choice % Math.max(1, waiting.length), 1)[0]?.go();
      }
      await over;
      const { rows } = await readWaiting(new SlowStorage(files, async () => undefined), 'waiting/');
      const expected = [...model.added].filter((id) => !model.ended.has(id)).sort();
      const found = [...rows].map(({ id }) => id).sort();
      if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(`${found} instead of ${expected}`);
    }),
    { numRuns: 200 },
  );
});
