/**
 * Loaded before a test: takes away the hooks of all asynchronous work, by which tap finds the test of an error that nothing
 * awaits. They take a sixth of the time. Such an error now ends the process, so that its file has failed; `npm run test:one`
 * leaves the hooks, and names the test.
 */
import hooks from 'node:async_hooks';
import { syncBuiltinESMExports } from 'node:module';

hooks.createHook = () => {
  const none = { enable: () => none, disable: () => none };
  return none;
};
syncBuiltinESMExports();
