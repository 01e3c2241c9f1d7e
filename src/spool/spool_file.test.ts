import { existsSync, readdirSync, readFileSync, symlinkSync, unlinkSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { FilePool } from './file_pool.ts';
import { SpoolFile } from './spool_file.ts';

const fileCount = 6;

interface Step {
  readonly file: number;
  readonly what: string;
  readonly length: number;
}

/** Lengths around the limits: what a loop copies, a block holds, is written without a copy, a file may buffer. */
const lengths = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 700 }) },
  { weight: 4, arbitrary: fc.integer({ min: 4000, max: 4200 }) },
  { weight: 2, arbitrary: fc.integer({ min: 20_000, max: 40_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 250_000, max: 270_000 }) },
);
const appends = Array.from({ length: 6 }, () => 'append');
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    file: fc.nat(fileCount - 1),
    what: fc.constantFrom(...appends, 'flush', 'rest', 'read', 'cut', 'remove'),
    length: lengths,
  }),
  { maxLength: 120 },
);
/** Bytes without long repetitions. */
const source = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 31 + (at >> 8) * 7 + (at >> 16)) & 0xff));

/** Files together with their expected content. */
class Files {
  readonly pool: FilePool;
  readonly #files: readonly SpoolFile[];
  readonly #expected: Buffer[];

  constructor(folder: string, memory: number, open: number) {
    this.pool = new FilePool(memory, open);
    this.#files = Array.from({ length: fileCount }, (_, at) => new SpoolFile(this.pool, `${folder}/${at}`));
    this.#expected = this.#files.map(() => Buffer.alloc(0));
  }

  /** @returns whether the bytes read are the bytes written */
  take({ file, what, length }: Step, number: number): boolean {
    const [one, held] = [this.#files[file] as SpoolFile, this.#expected[file] as Buffer];
    const from = Math.min(length, held.length);
    if (what === 'append') this.#append(file, number, length);
    if (what === 'flush') one.flush();
    if (what === 'rest') one.seal();
    if (what === 'cut') one.resize(from);
    if (what === 'remove') one.remove();
    if (what === 'cut' || what === 'remove') this.#expected[file] = held.subarray(0, what === 'cut' ? from : 0);
    return what !== 'read' || one.readSync(from, held.length - from).equals(held.subarray(from));
  }

  /** From a buffer that is overwritten afterwards, as the encoder's is. */
  #append(file: number, from: number, length: number): void {
    const bytes = Buffer.concat([source.subarray(from, from + length), Buffer.from('behind')]);
    this.#files[file]?.append(bytes, length);
    this.#expected[file] = Buffer.concat([this.#expected[file] as Buffer, bytes.subarray(0, length)]);
    bytes.fill(0);
  }

  /** Whether files and pool report the right sizes, and no file buffers too much. */
  areCounted(): boolean {
    const sum = this.#expected.reduce((bytes, each) => bytes + each.length, 0);
    const areSized = this.#files.every(({ size }, at) => size === this.#expected[at]?.length);
    return areSized && this.pool.usedBytes === sum && this.#files.every(({ buffered }) => buffered <= 256 * 1024);
  }

  /** Whether the files on disk have the expected content. */
  areWritten(): boolean {
    for (const file of this.#files) file.seal();
    const onDisk = ({ path }: SpoolFile) => (existsSync(path) ? readFileSync(path) : Buffer.alloc(0));
    return this.#files.every((file, at) => onDisk(file).equals(this.#expected[at] as Buffer));
  }

  remove(): void {
    for (const file of this.#files) file.remove();
  }
}

t.test('whatever the order of steps, files contain what was appended and no limit is exceeded', async (t) => {
  const folder = t.testdir();
  const [memories, opens] = [fc.constantFrom(0, 4096, 16_384, 1 << 20), fc.integer({ min: 1, max: 4 })];
  const property = fc.property(steps, memories, opens, (all, memory, open) => {
    const files = new Files(folder, memory, open);
    const { pool } = files;
    const isRight = all.every(
      (step, number) =>
        files.take(step, number) && files.areCounted() && pool.bufferBytes <= memory && pool.openDescriptors <= open,
    );
    const areWritten = files.areWritten();
    files.remove();
    return isRight && areWritten && pool.usedBytes + pool.bufferBytes + pool.openDescriptors === 0;
  });
  fc.assert(property, { numRuns: 150, seed: 20 });
  t.strictSame(readdirSync(folder), []);
});

t.test('files that take turns are written in large pieces, and those with few bytes not at all', async (t) => {
  const folder = t.testdir();
  const memory = 4 << 20;
  const pool = new FilePool(memory, 10);
  const files = (name: string) =>
    Array.from({ length: 250 }, (_, at) => new SpoolFile(pool, `${folder}/${name}-${at}`));
  const [rows, indexes] = [files('rows'), files('index')];
  for (let round = 0; round < 100; round += 1) {
    for (const file of rows) file.append(source, 400);
    for (const file of indexes) file.append(source, 4);
  }
  t.ok(pool.bufferBytes <= memory);
  t.strictSame(
    readdirSync(folder).filter((name) => name.startsWith('index')),
    [],
  );
  // The indexes have a quarter of the memory. Flushed in turn, no file would ever hold more than its share of the rest.
  const share = (0.75 * memory) / rows.length;
  const most = Math.max(...rows.map(({ buffered }) => buffered));
  t.ok(most > 1.3 * share, `up to ${most} bytes wait to be written at once`);
  for (const file of [...rows, ...indexes]) file.remove();
});

t.test('a failing disk is reported, and the memory of the file is freed', async (t) => {
  const folder = t.testdir();
  const pool = new FilePool(1 << 20, 4);
  const file = new SpoolFile(pool, `${folder}/full`);
  symlinkSync('/dev/full', file.path);
  file.append(source, 10_000);
  t.throws(() => file.flush(), { code: 'disk_failed', message: /ENOSPC/ });
  t.equal(pool.bufferBytes, 0);
  const large = new SpoolFile(pool, `${folder}/large`);
  symlinkSync('/dev/full', large.path);
  large.append(source, 10_000);
  t.throws(() => large.append(source, 300_000), { code: 'disk_failed' });
  t.equal(pool.bufferBytes, 0);
});

t.test('a file that lost bytes can neither be written nor read, even if the disk has room again', async (t) => {
  const folder = t.testdir();
  const pool = new FilePool(1 << 20, 4);
  const file = new SpoolFile(pool, `${folder}/full`);
  symlinkSync('/dev/full', file.path);
  file.append(source, 10_000);
  t.throws(() => file.flush(), { code: 'disk_failed' });
  unlinkSync(file.path);
  pool.close(file);
  for (const use of [() => file.append(source, 10), () => file.flush(), () => file.readSync(0, 1), () => file.seal()])
    t.throws(use, { code: 'disk_failed' });
  t.equal(file.size, 0);
  file.remove();
});

t.test('nor can one whose row was truncated because flushing another file failed', async (t) => {
  const folder = t.testdir();
  const pool = new FilePool(2 * 4096, 4);
  const [full, file] = [new SpoolFile(pool, `${folder}/full`), new SpoolFile(pool, `${folder}/file`)];
  symlinkSync('/dev/full', full.path);
  full.append(source, 4096);
  t.throws(() => file.append(source, 10_000), { code: 'disk_failed' });
  t.throws(() => file.append(source, 10), { code: 'disk_failed' });
  t.throws(() => file.readSync(0, 1), { code: 'disk_failed' });
});
