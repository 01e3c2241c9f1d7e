import t from 'tap';
import { plainValues } from '../../integration_tests/support/intake_setup.ts';
import { planOf } from '../../integration_tests/support/spool.ts';
import { Kernel } from './kernel/kernel.ts';
import { foundIsAlone, foundRows, rowEnd } from './kernel/positions.ts';
import { learnTemplate } from './line_templates.ts';
import { RecordScanner } from './record_scanner.ts';
import { RowEncoder } from './row_encoder.ts';
import { RowShapes } from './row_shape.ts';

const lineOf = (data: string) => Buffer.from(`{"type":"RECORD","record":{"stream":"s","data":${data},"emitted_at":1}}`);

/** Reads lines by the template of a first one, and encodes them without. */
function setUp() {
  const kernel = new Kernel();
  const scanner = new RecordScanner(kernel);
  const plan = planOf('UPSERT');
  const encoder = new RowEncoder(plan, new RowShapes(kernel, plainValues).of(plan), {
    onUnknownColumn: () => undefined,
  });
  const scanned = (data: string) => {
    const line = lineOf(data);
    scanner.scan(line, 0, line.length);
    return encoder.encode(scanner);
  };
  scanned('{"Key":1,"Name":"n"}');
  learnTemplate(scanner, encoder);
  const fitted = (data: string) => {
    const line = lineOf(data);
    const stop = kernel.putLine(line, 0, line.length);
    kernel.run.rows(kernel.inputAt, stop + 1);
    const rows = kernel.found[foundRows];
    return { rows, isAlone: kernel.found[foundIsAlone], bytes: rows === 1 ? (kernel.rows[rowEnd] as number) : 0 };
  };
  return { encoder, fitted, scanned };
}

t.test('a line of a stopped plan fits its template with any columns, and has a row without bytes', async (t) => {
  const { encoder, fitted } = setUp();
  const [first, other] = ['{"Key":1,"Name":"n"}', '{"More":[{"a":"b"}],"Key":2}'];
  t.same([first, other].map(fitted), [
    { rows: 1, isAlone: 0, bytes: 4 },
    { rows: 0, isAlone: 0, bytes: 0 },
  ]);
  encoder.stop();
  t.same([first, other, '{}'].map(fitted), new Array(3).fill({ rows: 1, isAlone: 0, bytes: 0 }));
});

t.test('white space at an end of a key is seen in a line that fits a template', async (t) => {
  const { encoder, fitted, scanned } = setUp();
  const cases: readonly (readonly [key: string, isPadded: boolean])[] = [
    [' a', true],
    ['a ', true],
    ['a\\t', true],
    ['\\u00a0a', true],
    ['a\u2003', true],
    ['a, b ', true],
    ['a b', false],
    ['é', false],
    ['a, b', false],
    ['\\"a\\"', false],
  ];
  for (const [key, isPadded] of cases) {
    const data = `{"Key":"${key}","Name":" n "}`;
    const { rows, isAlone, bytes } = fitted(data);
    t.equal(rows, 1, data);
    if (isAlone === 0) {
      t.notOk(isPadded, `${data} needs a look`);
      continue;
    }
    t.equal(encoder.accept(bytes), 'row', data);
    t.equal(encoder.hasPaddedKey, isPadded, data);
    scanned(data);
    t.equal(encoder.hasPaddedKey, isPadded, `${data} without a template`);
  }
});
