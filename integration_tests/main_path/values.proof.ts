/** Counting values that do not fit the tenant's metadata changes no byte of any file, and no state. */
import t from 'tap';
import type { FieldRule, ObjectRules } from '../../src/sandbox/options.ts';
import { withoutStats } from '../support/orchestrator.ts';
import { type InProcessResult, runInProcess } from '../support/run_in_process.ts';
import { fixtureStreams, type StreamFixture } from '../support/streams.ts';

t.jobs = 8;

type Objects = Readonly<Record<string, ObjectRules>>;

async function run(fixture: StreamFixture, values: string, objects?: Objects): Promise<InProcessResult> {
  const { catalog, config, lines, sandbox, unended } = fixture;
  const result = await runInProcess({
    ...{ catalog, input: Buffer.from(lines.join('\n') + (unended ? '' : '\n')) },
    config: { ...config, preflight: { mapping: 'off', values } },
    sandbox: { ...sandbox, ...(objects && { objects }) },
  });
  await result.sandbox.close();
  return result;
}

/** Every field of the tenant is a boolean by its metadata, whatever it accepts. */
function describedAsBooleans({ sandbox }: InProcessResult, given?: Objects): Objects {
  const objects: Record<string, ObjectRules> = {};
  const add = (object: string, rules: Readonly<Record<string, FieldRule>>, more: Partial<ObjectRules> = {}) => {
    const described = Object.entries(rules).map(([name, rule]) => [
      name,
      { ...rule, described: { dataType: 'BOOLEAN' } },
    ]);
    objects[object] = { ...more, fields: { ...objects[object]?.fields, ...Object.fromEntries(described) } };
  };
  if (given) for (const [object, rules] of Object.entries(given)) add(object, rules.fields, rules);
  else
    for (const { object, header } of sandbox.ownJobs) add(object, Object.fromEntries(header.map((name) => [name, {}])));
  return objects;
}

const files = ({ sandbox }: InProcessResult) =>
  sandbox.ownJobs.map(({ object, operation, sha256 }) => `${object} ${operation} ${sha256}`).sort();
const states = (result: InProcessResult) => result.states.map(withoutStats).sort();
const warnings = ({ logs }: InProcessResult) => logs.filter((text) => text.includes('not true, false, 1 or 0'));

for (const fixture of fixtureStreams()) {
  t.test(`${fixture.name}: ${fixture.about}`, { buffered: true }, async (t) => {
    const off = await run(fixture, 'off');
    t.equal(off.sandbox.metadataCalls.length, 0);
    const count = await run(fixture, 'count', describedAsBooleans(off, fixture.sandbox?.objects));
    t.same(files(count), files(off));
    t.same(states(count), states(off));
    t.equal(count.end, off.end);
    const hasTexts = off.sandbox.ownJobs.some(({ rows = [] }) =>
      rows.some((row) => row.some((cell) => /[g-z]/.test(cell ?? ''))),
    );
    if (hasTexts) t.not(warnings(count).length, 0, 'values were counted');
  });
}
