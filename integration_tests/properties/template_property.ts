/** The property of line templates: whether a line is encoded by one or read without one, the result is the same. */
import { isUtf8 } from 'node:buffer';
import type { Plan } from '../../src/model.ts';
import { Kernel, notJson, rowFull } from '../../src/records/kernel/kernel.ts';
import { foundIsAlone, foundNext, foundRows, rowEnd, rowPlan } from '../../src/records/kernel/positions.ts';
import { learnTemplate } from '../../src/records/line_templates.ts';
import { RecordScanner } from '../../src/records/record_scanner.ts';
import { RowEncoder } from '../../src/records/row_encoder.ts';
import { RowShapes } from '../../src/records/row_shape.ts';
import { plainValues } from '../support/intake_setup.ts';
import { pick, type Random, randomFrom } from '../support/random.ts';
import { feedOf, plans } from './intake_lines.ts';
import { mutate } from './scanner_property.ts';

/** The number of lines of each kind, and the first with two results. */
export interface TemplateResult {
  readonly counts: Record<'template' | 'other', number>;
  readonly failure?: { readonly line: string; readonly template: string; readonly scanned: string };
}

/** One way of reading lines: what it remembers of one could affect the next. */
class Reader {
  readonly #kernel = new Kernel();
  readonly #scanner = new RecordScanner(this.#kernel);
  readonly #encoders: readonly (readonly [Plan, RowEncoder])[];

  constructor() {
    const shapes = new RowShapes(this.#kernel, plainValues);
    const options = { onUnknownColumn: () => undefined };
    this.#encoders = plans.map((plan) => [plan, new RowEncoder(plan, shapes.of(plan), options)]);
  }

  /** Encodes a line by a template; undefined if none fits. */
  byTemplate(line: Buffer): string | undefined {
    const kernel = this.#kernel;
    const stop = kernel.putLine(line, 0, line.length);
    if (!isUtf8(line)) return undefined;
    try {
      kernel.run.rows(kernel.inputAt, stop + 1);
    } catch (error) {
      if (error !== notJson && error !== rowFull) throw error;
    }
    if (kernel.found[foundRows] === 0) return undefined;
    if (kernel.found[foundRows] !== 1 || kernel.found[foundNext] !== stop + 1) return 'another number of lines';
    const [length, id] = [kernel.rows[rowEnd] as number, kernel.rows[rowPlan]];
    const [plan, encoder] = this.#encoders.find(([plan]) => plan.id === id) as [Plan, RowEncoder];
    if (kernel.found[foundIsAlone] === 1) return resultOf(plan, encoder, encoder.accept(length));
    const digest = plan.keyColumns.length > 0 ? kernel.digest.toString('hex') : '';
    return JSON.stringify([plan.id, 'row', kernel.row.toString('latin1', 0, length), digest]);
  }

  /** Reads a line without a template, and learns one from it. */
  scanned(line: Buffer, learns: boolean): string {
    const kind = this.#scanner.scan(line, 0, line.length);
    if (kind !== 'record') return kind === 'broken' ? this.#scanner.problem : kind;
    const { stream, namespace = '' } = this.#scanner;
    const named = this.#encoders.find(
      ([plan]) => plan.stream.name === stream && (plan.stream.namespace ?? '') === namespace,
    );
    if (!named) return 'unknown';
    const [plan, encoder] = named;
    const result = resultOf(plan, encoder, encoder.encode(this.#scanner));
    if (learns) learnTemplate(this.#scanner, encoder);
    return result;
  }
}

function resultOf({ id }: Plan, encoder: RowEncoder, result: 'row' | 'reject'): string {
  const { bytes, fault, isDeleted, keyDigest, length, truncated } = encoder;
  const more = result === 'reject' || isDeleted || truncated.length > 0 ? [fault, isDeleted, truncated] : [];
  return JSON.stringify([id, result, bytes.toString('latin1', 0, length), keyDigest.toString('hex'), ...more]);
}

/** Compares both ways on this many lines: those of feeds, and mutated ones. */
export function compareTemplateLines(seed: number, count: number): TemplateResult {
  const random = randomFrom(seed);
  const counts = { template: 0, other: 0 };
  let [one, other] = [new Reader(), new Reader()];
  let lines: Buffer[] = [];
  for (let i = 0; i < count; i++) {
    if (lines.length === 0 || random(600) === 0) {
      lines = feedOf(random).lines.filter((line) => line.length < 5000);
      if (random(4) === 0) [one, other] = [new Reader(), new Reader()];
    }
    const line = lineOf(random, lines);
    const template = one.byTemplate(line);
    const scanned = other.scanned(line, false);
    counts[template === undefined ? 'other' : 'template'] += 1;
    if (template !== undefined && template !== scanned)
      return { counts, failure: { line: line.toString('latin1'), template, scanned } };
    // What a template is learned from is its own business; a fault must not leave anything behind.
    if (template === undefined && one.scanned(line, true) !== scanned)
      return { counts, failure: { line: line.toString('latin1'), template: 'no template', scanned } };
  }
  return { counts };
}

/** A line of a feed, often one of the latest, with or without edits. */
function lineOf(random: Random, lines: readonly Buffer[]): Buffer {
  const line = pick(random, lines);
  const edited = random(3) === 0 ? mutate(random, line) : line;
  return edited.includes('\n') ? line : edited;
}
