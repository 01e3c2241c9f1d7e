import t from 'tap';
import { plainValues } from '../../integration_tests/support/intake_setup.ts';
import { planOf } from '../../integration_tests/support/spool.ts';
import type { Plan } from '../model.ts';
import { Kernel } from './kernel/kernel.ts';
import { RecordScanner } from './record_scanner.ts';
import { RowEncoder } from './row_encoder.ts';
import { RowShapes } from './row_shape.ts';

const first = planOf('UPSERT');
const alike: Plan = { ...first, id: 1, stream: { name: 'another' }, object: 'Another' };

t.test('plans with the same columns have one shape, unless their rows differ', async (t) => {
  const shapes = new RowShapes(new Kernel(), plainValues);
  const shape = shapes.of(first);
  t.equal(shapes.of(alike), shape);
  const others: readonly Partial<Plan>[] = [
    { columns: [...first.columns] },
    { keyColumns: [1] },
    { latestBy: { path: ['Name'], kind: 'number' } },
    { route: 'object_api' },
    { unreadableValues: 'send' },
  ];
  for (const other of others) t.not(shapes.of({ ...alike, ...other }), shape, JSON.stringify(other));
  const auto = shapes.of({ ...alike, route: 'auto' });
  t.not(shapes.of({ ...alike, route: 'auto', absentColumns: 'leave_out' }), auto);
});

t.test('streams of one shape have their own columns seen, unknown columns, and stop', async (t) => {
  const kernel = new Kernel();
  const scanner = new RecordScanner(kernel);
  const shapes = new RowShapes(kernel, plainValues);
  const unknown: string[] = [];
  const encoders = [first, alike].map((plan) => {
    const seen = new Uint8Array(2);
    const onUnknownColumn = (name: string, { id }: Plan) => unknown.push(`${name} of ${id}`);
    return { seen, encoder: new RowEncoder(plan, shapes.of(plan), { seen, onUnknownColumn }) };
  });
  const encode = (at: number, data: string) => {
    const line = Buffer.from(`{"type":"RECORD","record":{"stream":"s","data":${data}}}`);
    scanner.scan(line, 0, line.length);
    const { encoder } = encoders[at] as (typeof encoders)[number];
    t.equal(encoder.encode(scanner), 'row');
    return encoder.bytes.toString('utf8', 0, encoder.length);
  };
  t.equal(encode(0, '{"Key":"a","More":1}'), 'a,\n');
  t.equal(encode(1, '{"More":1,"Name":"n","Key":"b"}'), 'b,n\n');
  t.equal(encode(1, '{"Key":"c","More":1}'), 'c,\n');
  t.equal(encode(0, '{"Key":"d","More":1}'), 'd,\n');
  t.strictSame(unknown, ['More of 0', 'More of 1'], 'once for each stream');
  t.strictSame(
    encoders.map(({ seen }) => [...seen]),
    [
      [1, 0],
      [1, 1],
    ],
  );
  encoders[0]?.encoder.stop();
  t.equal(encode(1, '{"Key":"e","Name":"n"}'), 'e,n\n');
});
