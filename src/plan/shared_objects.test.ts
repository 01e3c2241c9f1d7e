/** Which streams of one object have no order between them. */
import t from 'tap';
import { planOf } from '../../integration_tests/support/spool.ts';
import type { Operation, Plan } from '../model.ts';
import { unorderedNotes } from './shared_objects.ts';

function plan(id: number, object: string, parents: readonly number[] = [], operation: Operation = 'UPSERT'): Plan {
  return { ...planOf(operation === 'INSERT' ? 'INSERT' : 'UPSERT', id), label: `s${id}`, object, operation, parents };
}

t.test('streams that share an object by key are named, unless "Load After" orders them', async (t) => {
  for (const [name, plans, named] of [
    ['an object each', [plan(0, 'A'), plan(1, 'B')], undefined],
    ['two of one object', [plan(0, 'A'), plan(1, 'A')], '"s0", "s1"'],
    ['an UPDATE beside an UPSERT', [plan(0, 'A'), plan(1, 'A', [], 'UPDATE')], '"s0", "s1"'],
    ['an UPDATE after the UPSERT', [plan(0, 'A'), plan(1, 'A', [0], 'UPDATE')], undefined],
    ['after it by way of another object', [plan(0, 'A'), plan(1, 'B', [0]), plan(2, 'A', [1])], undefined],
    ['an INSERT has no keys', [plan(0, 'A'), plan(1, 'A', [], 'INSERT')], undefined],
    ['only one of three has no order', [plan(0, 'A'), plan(1, 'A', [0]), plan(2, 'A', [0])], '"s1", "s2"'],
    ['a chain, listed backwards', [plan(0, 'A', [1]), plan(1, 'B', [2]), plan(2, 'A', [3]), plan(3, 'A')], undefined],
    ['a shortcut beside a chain', [plan(0, 'A'), plan(1, 'A', [0]), plan(2, 'A', [0, 1])], undefined],
  ] as const) {
    const notes = unorderedNotes(plans);
    t.equal(notes.length, named === undefined ? 0 : 1, name);
    if (named) t.match(notes[0], `The streams ${named} are loaded into A by key.`, name);
  }
});
