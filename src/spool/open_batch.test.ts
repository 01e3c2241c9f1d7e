import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import {
  append,
  csvOf,
  digestOf,
  fill,
  header,
  keyDigest,
  names,
  openSpool,
  planOf,
} from '../../integration_tests/support/spool.ts';
import { firstRowOf } from '../names.ts';
import { FilePool } from './file_pool.ts';

const upsert = planOf('UPSERT');
const insert = planOf('INSERT');

interface Arrival {
  readonly key: number;
  readonly name: string;
}

/** The expected file, and the row of each record: of each key the last row stays, in order of arrival. */
function expected(arrivals: readonly Arrival[], hasKeys: boolean): { rows: string[]; results: number[] } {
  const isLast = (at: number) => !hasKeys || !arrivals.slice(at + 1).some((later) => later.key === arrivals[at]?.key);
  const stay = arrivals.map((_, at) => at).filter(isLast);
  const results = arrivals.map(({ key }, at) =>
    stay.findIndex((row) => row >= at && (!hasKeys || arrivals[row]?.key === key)),
  );
  return { rows: stay.map((at) => `${arrivals[at]?.key},${arrivals[at]?.name}\n`), results };
}

const someNames = fc.constantFrom('', 'a', '"two\nlines"', 'ü'.repeat(40), 'x'.repeat(3000));
const arrival = fc.record({ key: fc.nat(5), name: someNames });
const command = fc.oneof({ weight: 8, arbitrary: arrival }, { weight: 1, arbitrary: fc.constant('compact' as const) });

t.test('any appends and compactions end as the last row of each key, in order, with every record bound', async (t) => {
  const spool = await openSpool(t.testdir());
  const check = async (commands: readonly (Arrival | 'compact')[], hasKeys: boolean): Promise<void> => {
    const plan = hasKeys ? upsert : insert;
    const batch = spool.openBatch(plan, header);
    const arrivals = commands.filter((one) => one !== 'compact');
    for (const one of commands) one === 'compact' ? await batch.compact() : append(batch, one.key, one.name);
    const { rows, results } = expected(arrivals, hasKeys);
    const closed = await batch.close('end');
    const file = header + rows.join('');
    t.equal(readFileSync(closed.path, 'utf8'), file);
    t.match(closed, { bytes: Buffer.byteLength(file), rows: rows.length, records: arrivals.length, reason: 'end' });
    t.strictSame(closed.digest, digestOf(plan, file, rows[0] ?? ''));
    // Line 1 is the header; a line break inside a cell starts another line of the same row.
    const rowOfLine = [
      undefined,
      ...rows.flatMap((text, row) =>
        text
          .slice(0, -1)
          .split('\n')
          .map(() => row),
      ),
    ];
    const lines = [0, ...[...rowOfLine.keys()].flatMap((at) => [at + 1, at + 1]), rowOfLine.length + 1, 1e9];
    t.strictSame(
      await closed.rowsAtLines(lines),
      lines.map((line) => rowOfLine[line - 1]),
    );
    t.strictSame(await closed.rowsAtLines([]), []);
    for (const [row, text] of rows.entries()) {
      t.equal((await closed.readRow(row)).toString(), text.slice(0, -1));
      t.equal(await closed.recordsOf(row), results.filter((result) => result === row).length);
    }
    const some = rows.map((_, row) => row).filter((row) => row % 2 === 0);
    const bounds = [0, Math.floor(arrivals.length / 3), Math.floor(arrivals.length / 2), arrivals.length];
    const spans = bounds.slice(1).map((upTo, at) => results.slice(bounds[at], upTo));
    const counts = spans.map((span) => span.filter((result) => some.includes(result)).length);
    t.strictSame([...(await closed.countRecords(Uint32Array.from(some), Float64Array.from(bounds)))], counts);
    await closed.remove();
    await closed.remove();
    t.notOk(existsSync(closed.path));
    t.equal(spool.usedBytes, 0);
  };
  const commands = fc
    .array(command, { minLength: 1, maxLength: 60 })
    .filter((all) => all.some((one) => one !== 'compact'));
  await fc.assert(fc.asyncProperty(commands, fc.boolean(), check), { seed: 3, numRuns: 120 });
  await spool.remove();
});

t.test('file, index and the rows of records are right over many pieces, with many compactions', async (t) => {
  const spool = await openSpool(t.testdir(), new FilePool());
  const batch = spool.openBatch(upsert, header);
  const arrivals: Arrival[] = [];
  // A long row now and then, so that rows cross the pieces in which a file is read.
  for (let at = 0; at < 40_000; at += 1) {
    const key = (at * 7919) % (at % 3 === 0 ? 20_000 : 900);
    arrivals.push({ key, name: `${at}${at % 5000 === 17 ? 'y'.repeat(700_000) : 'z'.repeat(at % 90)}` });
  }
  for (const [at, { key, name }] of arrivals.entries()) {
    append(batch, key, name);
    if (at % 9000 === 8999) await batch.compact();
  }
  const last = new Map(arrivals.map(({ key }, at) => [key, at]));
  const stay = [...last.values()].sort((one, other) => one - other);
  const rowOf = new Map(stay.map((at, row) => [arrivals[at]?.key, row]));
  const closed = await batch.close('bytes');
  const text = header + stay.map((at) => `${arrivals[at]?.key},${arrivals[at]?.name}\n`).join('');
  t.ok(readFileSync(closed.path, 'utf8') === text);
  t.equal(closed.records, arrivals.length);
  const wanted = Uint32Array.from(stay.keys()).filter((row) => row % 3 === 1);
  const isWanted = arrivals.map(({ key }) => (rowOf.get(key) ?? 0) % 3 === 1);
  const bounds = [100, 100, 9000, 31_234, 40_000];
  const counts = bounds.slice(1).map((upTo, at) => isWanted.slice(bounds[at], upTo).filter(Boolean).length);
  t.strictSame([...(await closed.countRecords(wanted, Float64Array.from(bounds)))], counts);
  const middle = Math.floor(stay.length / 2);
  t.equal(`${await closed.readRow(middle)}\n`, text.slice(header.length).split(/(?<=\n)/)[middle]);
  await spool.remove();
});

t.test('an INSERT batch is split while it is open: both go on', async (t) => {
  for (const cut of [0, 1, 500, 999, 1000]) {
    const spool = await openSpool(t.testdir());
    const head = fill(spool.openBatch(insert, header), names);
    const before = spool.usedBytes;
    const rest = await head.splitAt(cut);
    t.equal(spool.usedBytes, before + header.length);
    t.strictSame([head.records, rest.records], [cut, 1000 - cut]);
    append(rest, 'more', 'of it');
    append(head, 'more', 'here');
    const closed = [await head.close('rows'), await rest.close('end')] as const;
    t.not(closed[0].id, closed[1].id);
    t.equal(readFileSync(closed[0].path, 'utf8'), `${header}${csvOf(0, cut).join('')}more,here\n`);
    t.equal(readFileSync(closed[1].path, 'utf8'), `${header}${csvOf(cut, 1000).join('')}more,of it\n`);
    t.equal((await closed[1].readRow(1000 - cut)).toString(), 'more,of it');
    for (const one of closed) await one.remove();
    t.equal(spool.usedBytes, 0);
    await spool.remove();
  }
});

t.test('the head follows the first row when that is superseded', async (t) => {
  const spool = await openSpool(t.testdir());
  const batch = spool.openBatch(upsert, header);
  for (const name of ['first', 'second']) append(batch, 1, name);
  const before = batch.firstRowDigest();
  await batch.compact();
  t.strictNotSame(batch.firstRowDigest(), before);
  const head = batch.firstRowDigest();
  t.strictSame(firstRowOf((await batch.close('end')).digest), head);
  await spool.remove();
});

t.test('a compaction reports what it did, and is not repeated without need', async (t) => {
  const spool = await openSpool(t.testdir());
  const batch = spool.openBatch(upsert, header);
  t.strictSame(batch.compacted, { bytes: header.length, rows: 0 });
  for (const key of [1, 2, 1]) append(batch, key, 'name');
  t.match(batch, { rows: 3, records: 3, bytes: header.length + 21, headerBytes: header.length });
  await batch.compact();
  t.strictSame(batch.compacted, { bytes: header.length + 14, rows: 2 });
  const used = spool.usedBytes;
  await batch.compact();
  t.equal(spool.usedBytes, used);
  t.match(batch, { rows: 2, records: 3 });
  await batch.remove();
  t.equal(spool.usedBytes, 0);
  await spool.remove();
});

t.test('misuse is refused', async (t) => {
  const spool = await openSpool(t.testdir());
  const [keyed, keyless] = [spool.openBatch(upsert, header), spool.openBatch(insert, header)];
  const row = Buffer.from('1,a\n');
  t.throws(() => keyed.append(row, 4), TypeError);
  t.throws(() => keyed.append(row, 4, Buffer.alloc(8)), TypeError);
  t.throws(() => keyless.append(row, 4, keyDigest(1)), TypeError);
  await t.rejects(keyed.splitAt(1), TypeError);
  append(keyed, 1, 'a');
  const compacting = keyed.compact();
  t.throws(() => append(keyed, 1, 'b'), /while it is compacted/);
  await compacting;
  append(keyed, 1, 'b');
  const closed = await keyed.close('end');
  t.throws(() => append(keyed, 1, 'c'), /while it is closed/);
  t.throws(() => keyless.firstRowDigest(), RangeError);
  for (const at of [-1, 1, 0.5]) {
    await t.rejects(closed.readRow(at), RangeError);
    await t.rejects(closed.recordsOf(at), RangeError);
  }
  await t.rejects(closed.countRecords(Uint32Array.of(0), Float64Array.of(0, 3)), RangeError);
  await t.rejects(closed.splitOff(1), TypeError);
  await spool.remove();
});
