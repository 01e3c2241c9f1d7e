/** Who may import whom: the modules of `src` in the order in which they build on each other. `docs/architecture.md` shows them. */

/** Modules that every other module except `airbyte` may import; `airbyte` stands alone. */
export const leaves = ['async', 'format', 'names', 'config/types'];

/**
 * What each folder of `src` may import besides itself, its leaves and packages, types included. A file directly in
 * `src` is a module with the file's name. What is not listed here (intake, wiring, write, run_flow, keep_report,
 * commands, airbyte_commands, destination, tenant_client, main, program) may import everything except the sandbox.
 */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  airbyte: [],
  async: [],
  byte_views: [],
  clock: [],
  format: [],
  names: [],
  version: [],
  model: ['airbyte'],
  errors: ['airbyte', 'model'],
  page: [],
  file_plan: ['model'],
  http: ['errors', 'clock', 'model'],
  plan: ['airbyte', 'file_plan', 'model', 'errors'],
  config: ['airbyte', 'plan', 'errors', 'http', 'clock'],
  gainsight: ['http', 'model', 'errors', 'clock'],
  records: ['airbyte', 'model', 'errors', 'byte_views'],
  spool: ['file_plan', 'model', 'errors', 'byte_views'],
  load: ['gainsight', 'records', 'config', 'model', 'errors', 'clock'],
  batch: ['load', 'spool', 'config', 'model', 'errors', 'clock'],
  settle: ['airbyte', 'load', 'records', 'http', 'config', 'model', 'errors', 'clock'],
  report: ['airbyte', 'page', 'load', 'settle', 'model', 'errors', 'clock'],
  sandbox: ['page', 'airbyte/json_fault', 'airbyte/nearest', 'gainsight/contract', 'clock', 'model'],
};
