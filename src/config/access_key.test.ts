import t from 'tap';
import { keyOfEnvironment, withAccessKey } from './access_key.ts';

t.test("Airbyte's commands take the key of the environment only if the file has none", async (t) => {
  const cases: readonly [what: string, settings: object, env: object, key: unknown][] = [
    ['no key anywhere', {}, {}, undefined],
    ['in the file', { access_key: 'file' }, {}, 'file'],
    ['in both', { access_key: 'file' }, { GAINSIGHT_ACCESS_KEY: 'env' }, 'file'],
    ['in the environment', {}, { GAINSIGHT_ACCESS_KEY: ' env\n' }, 'env'],
    ['an empty one in the file', { access_key: '' }, { GAINSIGHT_ACCESS_KEY: 'env' }, 'env'],
    ['one of another type, which is a fault', { access_key: 7 }, { GAINSIGHT_ACCESS_KEY: 'env' }, 7],
    ['a blank one in the environment', {}, { GAINSIGHT_ACCESS_KEY: ' ' }, undefined],
  ];
  for (const [what, settings, env, key] of cases)
    t.strictSame(
      withAccessKey({ domain: 'acme', ...settings }, env as Record<string, string>),
      {
        domain: 'acme',
        ...(key !== undefined && { access_key: key }),
      },
      what,
    );
  t.equal(keyOfEnvironment({ GAINSIGHT_ACCESS_KEY: '' }), undefined);
});
