/** A row encoder with its scanner, for tests: takes the JSON of a record's data, returns the row. */

import type { Values } from '../../src/config/types.ts';
import type { Column, Plan } from '../../src/model.ts';
import { Kernel } from '../../src/records/kernel/kernel.ts';
import { RecordScanner } from '../../src/records/record_scanner.ts';
import { RowEncoder } from '../../src/records/row_encoder.ts';
import { RowShapes } from '../../src/records/row_shape.ts';
import type { ValueRule } from '../../src/records/value_rules.ts';
import { plainValues } from './intake_setup.ts';

/** Differences from a plan of one column without keys. */
export interface Settings {
  columns?: readonly (string | Column)[];
  keys?: readonly number[];
  formats?: Partial<Values>;
  kernel?: Kernel;
  unreadableValues?: Plan['unreadableValues'];
  route?: NonNullable<Plan['route']>;
  rules?: ReadonlyMap<number, ValueRule>;
}

/** The result of one record. */
export interface Encoded {
  kind: string;
  row: string;
  fault: unknown;
  digest: string;
  isDeleted: boolean;
  truncated: readonly string[];
}

/** Room for the plan of one encoder. */
const planBytes = 1 << 16;
let latest: { readonly kernel: Kernel; readonly bytes: number } | undefined;

/**
 * A kernel that has not grown. As in the connector it serves several plans: each takes much memory, so that V8 would
 * search for garbage all the time.
 */
function usualKernel(): Kernel {
  if (latest && latest.kernel.bytes.length === latest.bytes && latest.kernel.hasRoom(planBytes)) return latest.kernel;
  const kernel = new Kernel();
  latest = { kernel, bytes: kernel.bytes.length };
  return kernel;
}

/** An encoder, and its result for the JSON text of `data` and of the other members of `record`. */
export function encoderOf(settings: Settings = {}) {
  const { columns = ['a'], keys = [], formats = {}, kernel = usualKernel() } = settings;
  const { rules, unreadableValues, route } = settings;
  const unknown: string[] = [];
  const list = columns.map((column) =>
    typeof column === 'string' ? { path: [column], field: column.toUpperCase(), isDateTime: false } : column,
  );
  const plan: Plan = {
    id: 0,
    stream: { name: 's' },
    label: 's',
    object: 'Object',
    operation: keys.length > 0 ? 'UPSERT' : 'INSERT',
    keyFields: keys.map((key) => list[key]?.field ?? ''),
    keyColumns: keys,
    columns: list,
    unreadableValues,
    incremental: false,
    parents: [],
    ...(route && { route }),
  };
  const shape = new RowShapes(kernel, { ...plainValues, ...formats }).of(plan);
  const encoder = new RowEncoder(plan, shape, { rules, onUnknownColumn: (name) => unknown.push(name) });
  const scanner = new RecordScanner(kernel);
  const encode = (data: string, more = ''): Encoded => {
    const line = Buffer.from(`{"type":"RECORD","record":{"stream":"s","data":${data}${more}}}`);
    if (scanner.scan(line, 0, line.length) !== 'record') throw new Error(scanner.problem);
    const kind = encoder.encode(scanner);
    const row = encoder.bytes.toString('utf8', 0, encoder.length);
    const { fault, keyDigest, isDeleted, truncated } = encoder;
    return { kind, row, fault, digest: keyDigest.toString('hex'), isDeleted, truncated };
  };
  return { encoder, encode, plan, unknown };
}
