import fc from 'fast-check';
import t from 'tap';
import { JsonArray } from './json_array.ts';

/** Parses a text that comes in chunks of this size. */
function takeApart(text: string, size: number): { elements: unknown[]; remainder: string | undefined; held: number } {
  const elements: unknown[] = [];
  const data = new JsonArray((element) => elements.push(element));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) data.write(bytes.subarray(at, at + size));
  return { elements, remainder: data.remainder(), held: data.held };
}

t.test('the elements are what JSON.parse gives, and the remainder is the response without them', async (t) => {
  const value = fc.jsonValue({ maxDepth: 4 });
  const envelope = fc.record({ result: fc.boolean(), before: value, data: fc.array(value), requestId: fc.string() });
  const property = fc.property(
    envelope,
    fc.integer({ min: 1, max: 40 }),
    fc.constantFrom(0, 2),
    (answer, size, space) => {
      const { elements, remainder } = takeApart(JSON.stringify(answer, null, space), size);
      return (
        JSON.stringify(elements) === JSON.stringify(answer.data) &&
        JSON.stringify(JSON.parse(remainder ?? '')) === JSON.stringify({ ...answer, data: [] })
      );
    },
  );
  t.doesNotThrow(() => fc.assert(property, { seed: 13, numRuns: 1000 }));
});

t.test('a response without a list in data is kept unchanged', async (t) => {
  for (const text of [
    '{"data":null}',
    '{"data":{"records":[{"a":[1,2]}]}}',
    '{"records":[1,2],"data":"x"}',
    '{"data":"\\"data\\":[1]"}',
    '[{"data":[1]}]',
    '<html><body>"Bad" [Gateway] {502}, sorry</body></html>',
    '',
  ]) {
    t.same(takeApart(text, 3), { elements: [], remainder: text, held: text.length }, text);
  }
});

t.test('a response that is cut off or contains invalid JSON is no answer', async (t) => {
  t.throws(() => JSON.parse(takeApart('{"data":[{"rowNumber":1},{"row', 5).remainder ?? ''));
  t.equal(takeApart('{"data":[{"rowNumber":1},{oops}]}', 5).remainder, undefined);
});

t.test('no more than one element is held in memory', async (t) => {
  const { elements, held } = takeApart(`{"data":[${'{"rowNumber":1},'.repeat(100_000)}{}`, 65_536);
  t.equal(elements.length, 100_000);
  t.ok(held < 100, `${held}`);
});
