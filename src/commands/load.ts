/** The command `load`: sends a file of rejected rows that a person has corrected. */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { WriteEnd } from '../airbyte/destination.ts';
import { Output } from '../airbyte/output.ts';
import type { AirbyteLogLevel, JsonObject } from '../airbyte/protocol.ts';
import { redactor } from '../airbyte/redaction.ts';
import { systemClock as clock } from '../clock.ts';
import { type Config, parseConfig } from '../config/config.ts';
import { form } from '../config/config_faults.ts';
import { ConnectorError, Stopped, spokenToLoader } from '../errors.ts';
import { connect } from '../load/connect.ts';
import type { GainsightEvent } from '../load/events.ts';
import type { RouteParts, TenantRoute } from '../load/route.ts';
import type { Batch, Outcome, Route } from '../model.ts';
import { nameList } from '../names.ts';
import { type FlowRun, runFlow } from '../run_flow.ts';
import { type PlanFile, parsePlanFile, planFileName, rejectedAtOf } from '../settle/rejects/plan_file.ts';
import { storageOf } from '../tenant_client.ts';
import type { Command, CommandContext } from './command.ts';
import { dryRun } from './load_dry_run.ts';
import { UnfitFile } from './load_faults.ts';
import { type LoadFile, readLoadFile } from './load_file.ts';
import { entryOf, flowOf, type LoadSync, loadSync } from './load_sync.ts';
import {
  type ChosenFile,
  endText,
  endValues,
  type LoadEnd,
  noticesOf,
  planText,
  planValues,
  wouldLoad,
} from './load_texts.ts';
import { plainLog } from './plain_log.ts';
import { RowsLast } from './rows_last.ts';
import { readSettings, retryMs } from './tenant_access.ts';

const exitStopped = 130;
/** Bytes: beyond this a file is not a person's. */
const mostBytes = 1_000_000_000;

export const load: Command = {
  description:
    'Loads a file of rejected rows that was corrected: by the plan that lies beside it (for a.rejects.csv ' +
    'a.rejects.plan.json), with its cells as they stand and without the columns _reject_…. A column that is left out ' +
    'leaves its field as it is; of rows with one key the last is sent. If anything in the file is wrong, nothing is sent ' +
    'and each fault is named with its lines. Ends when every row has its outcome; rows that are rejected again are kept as ' +
    'those of a sync are, in a new file. Ctrl-C leaves a job that was submitted to Gainsight, and the same command takes ' +
    'it over: the same rows under the same name of file are never sent twice as long as the list shows their job. To send ' +
    'them again, for example after a change in Gainsight, load a copy under another name (not for INSERT). A first INSERT ' +
    'waits some ten minutes, as a load that was killed may still be sending these rows.',
  arguments: [
    ['<file>', 'A *.rejects.csv or *.batch.csv: a path, or its address s3://… in the bucket of the configuration.'],
  ],
  options: [
    {
      term: '--config <file>',
      meaning:
        'The configuration of the connection, as JSON; its entries of streams are not used. GAINSIGHT_ACCESS_KEY replaces the key.',
      isRequired: true,
    },
    { term: '--plan <file>', meaning: 'The plan, if it does not lie beside the file under its name.' },
    {
      term: '--dry-run',
      meaning:
        'Send nothing: check the file, the place of rejected rows, and the mapping and values against the tenant; show what would be sent, what was loaded already, and what it could overwrite.',
    },
    { term: '--json', meaning: 'The result as one JSON document; the log then goes to standard error.' },
  ],
  examples: [
    [
      'See what would be sent',
      'destination-gainsight load rejects/42.0.1.accounts.rejects.csv --config config.json --dry-run',
    ],
    ['Load the file', 'destination-gainsight load rejects/42.0.1.accounts.rejects.csv --config config.json'],
    [
      'A copy in another folder, with the key from the environment',
      'GAINSIGHT_ACCESS_KEY=$(cat key.txt) destination-gainsight load corrected.csv --plan rejects/42.0.1.accounts.rejects.plan.json --config config.json',
    ],
  ],
  exitCodes: [
    [
      '0',
      'Gainsight has every row. With --dry-run: a load would send every row, or they are loaded already; Gainsight may still reject some.',
    ],
    [
      '1',
      'Rows were rejected, or the file or the load failed: standard error says why, the log which rows. With --dry-run: a load would not load every row, or it is not known, as Gainsight does not answer.',
    ],
    ['2', 'The command line is wrong.'],
    ['130', 'Stopped by Ctrl-C or SIGTERM: the same command goes on.'],
  ],
  calls:
    'One for a file of up to files.max_megabytes; a larger one is split, at one call each. None if an earlier load has ' +
    'sent it. Where there is no call left it waits, as a sync does. --dry-run reads the list of jobs, which counts only ' +
    'where Gainsight counts all calls (quota.counted_calls).',
  async run({ arguments: [path = ''], options }, context) {
    const settings = await readSettings(String(options['config']), context);
    const secrets = [...form.secretsIn(settings)];
    const source: Source = { settings, hide: (more) => secrets.push(...more) };
    const stop = context.stop?.() ?? new AbortController().signal;
    try {
      const chosen = await readChosen(path, options['plan'], source);
      const sync = loadSync(chosen.file, settings);
      const presentation = { context, stop, asJson: options['json'] === true };
      return await (options['dryRun'] === true ? plan(chosen, sync, presentation) : send(chosen, sync, presentation));
    } catch (error) {
      if (stop.aborted && error instanceof Stopped) return exitStopped;
      if (!(error instanceof UnfitFile)) throw inPersonsWords(error, redactor(secrets));
      context.stderr.write(`${error.message}\nNothing was sent.\n`);
      return 1;
    }
  },
};

/** The error without secrets, with what a person can do: the answer of a store may quote the key that it refuses. */
function inPersonsWords(error: unknown, redacted: (text: string) => string): unknown {
  if (error instanceof ConnectorError) error.message = redacted(spokenToLoader(error.message));
  return error;
}

/** Where the result goes, and in which form. */
interface Presentation {
  readonly context: CommandContext;
  /** Aborted by Ctrl-C. */
  readonly stop: AbortSignal;
  readonly asJson: boolean;
}

/** Where files are read from. */
interface Source {
  readonly settings: JsonObject;
  /** Takes the secrets of the way to the bucket. */
  hide(secrets: readonly string[]): void;
}

/** @throws UnfitFile */
async function readChosen(path: string, planPath: string | true | undefined, source: Source): Promise<ChosenFile> {
  const planAt = typeof planPath === 'string' ? planPath : planFileName(path);
  if (planAt === path) throw new UnfitFile([`${nameList([path])} does not end in .csv: name its plan with --plan`]);
  const bytes = await readPlace(path, source);
  const planBytes = await readPlace(planAt, source);
  if (!bytes) throw new UnfitFile([`There is no file ${nameList([path])}`]);
  if (!planBytes)
    throw new UnfitFile([`There is no plan ${nameList([planAt])}: keep it beside the file, or name it with --plan`]);
  const plan = parsePlanFile(planBytes.content.toString());
  if (!plan)
    throw new UnfitFile([`${nameList([planAt])} is not a plan that this version of the connector has written`]);
  const file = readLoadFile(basename(path), bytes.content, plan, sendsUnread(plan, source.settings));
  const at = rejectedAtOf(plan);
  const modified = Math.min(bytes.modifiedMs, planBytes.modifiedMs);
  return { path, file, rejected: { at: at ?? modified, isCertain: at !== undefined } };
}

function sendsUnread(plan: PlanFile, settings: JsonObject): boolean {
  return entryOf(plan, settings)?.['unreadable_values'] === 'send';
}

interface Content {
  readonly content: Buffer;
  readonly modifiedMs: number;
}

/**
 * @returns undefined if there is no such file
 * @throws UnfitFile
 */
async function readPlace(path: string, source: Source): Promise<Content | undefined> {
  if (/^s3:\/\//i.test(path)) return readStored(path, source);
  try {
    const { size, mtimeMs } = await stat(path);
    if (size > mostBytes) throw new UnfitFile([`${nameList([path])} is larger than 1 GB: split it`]);
    return { content: await readFile(path), modifiedMs: mtimeMs };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    if (code === 'ENOENT') return undefined;
    throw new UnfitFile([`${nameList([path])} cannot be read: ${code === 'EISDIR' ? 'it is a folder' : code}`], {
      cause: error,
    });
  }
}

async function readStored(address: string, { settings, hide }: Source): Promise<Content | undefined> {
  // Entries of streams have no part in it.
  const config = parseConfig(JSON.stringify({ ...settings, streams: [] }));
  const signal = new AbortController().signal;
  const storage = storageOf(config, { hide }, { random: () => 1, signal, retryMs });
  const start = storage?.addressOf('') ?? '';
  if (!storage || !address.startsWith(start))
    throw new UnfitFile([
      `${nameList([address])} is not in ${storage?.place ?? 'a bucket of the configuration, which names none'}`,
    ]);
  const name = address.slice(start.length).replace(/^\//, '');
  const content = await storage.read(name);
  if (!content) return undefined;
  const files = await storage.list(name.slice(0, name.lastIndexOf('/') + 1));
  return { content, modifiedMs: files.find((file) => file.name === name)?.modifiedMs ?? clock.now() };
}

/** @returns the exit code */
async function send({ path, file }: ChosenFile, sync: LoadSync, presentation: Presentation): Promise<number> {
  const { context, stop, asJson } = presentation;
  const { stdout, stderr, env } = context;
  const flow = flowOf(sync);
  const logLevel = env['LOG_LEVEL'] as AirbyteLogLevel | undefined;
  const log = asJson ? stderr : stdout;
  const rowsLast = log.isTTY && keepsRows(flow.config) ? new RowsLast(log) : undefined;
  const secrets = form.secretsIn(sync.settings);
  const output = new Output(plainLog(rowsLast ?? log, stderr), { secrets, logLevel, clock });
  for (const notice of noticesOf(file)) output.log('WARN', notice);
  const observed = new ObservedLoad();
  const observing: FlowRun = { ...flow, connect: (config, parts) => observed.connect(config, parts) };
  let end: WriteEnd;
  try {
    ({ end } = await runFlow(observing, { output, stop }));
  } finally {
    await output.flush();
    rowsLast?.end();
  }
  const result = observed.endOf(file, end);
  const text = asJson ? `${JSON.stringify(endValues(path, file, result), undefined, 2)}\n` : endText(path, result);
  stdout.write(output.redacted(text));
  if (end === 'stopped') return exitStopped;
  return end === 'done' && result.rejected === 0 ? 0 : 1;
}

/** Otherwise the log alone has the rejected rows. */
function keepsRows({ bucket, rejected_rows }: Config): boolean {
  return bucket !== undefined || rejected_rows.folder !== '';
}

/** Observes a load on its way: which jobs, which outcomes, which calls. */
class ObservedLoad {
  readonly #outcomes: { readonly batch: Batch; readonly outcome: Outcome }[] = [];
  readonly #jobs: LoadEnd['jobs'][number][] = [];
  #tenant: TenantRoute | undefined;

  connect(config: Config, parts: RouteParts): TenantRoute {
    const tenant = connect(config, { ...parts, report: (event) => this.#report(event, parts.report) });
    this.#tenant = tenant;
    const route: Route = {
      load: async (batch, signal) => {
        const outcome = await tenant.route.load(batch, signal);
        this.#outcomes.push({ batch, outcome });
        return outcome;
      },
    };
    return { ...tenant, route };
  }

  endOf({ rows }: LoadFile, end: WriteEnd): LoadEnd {
    const sums = { accepted: 0, superseded: 0, rejected: 0 };
    for (const { batch, outcome } of this.#outcomes) {
      const rejected = outcome.rejected.length + outcome.unidentified;
      sums.rejected += rejected;
      sums.accepted += batch.rows - rejected;
      sums.superseded += batch.records - batch.rows;
    }
    const unsent = rows - sums.accepted - sums.superseded - sums.rejected;
    // What the connector itself rejects is in no file.
    const own = end === 'done' ? unsent : 0;
    const counts = { ...sums, rejected: sums.rejected + own, unknown: unsent - own };
    // Without a file for Gainsight the list of jobs may not have been read.
    const quota = this.#outcomes.length > 0 ? (this.#tenant?.quota.use() ?? []) : [];
    return { end, rows, ...counts, jobs: this.#jobs, quota };
  }

  #report(event: GainsightEvent, report: RouteParts['report']): void {
    if (event.kind === 'submitted' || event.kind === 'adopted') this.#jobs.push({ job: event.jobId, by: event.kind });
    report(event);
  }
}

/** @returns the exit code */
async function plan(chosen: ChosenFile, sync: LoadSync, { context, stop, asJson }: Presentation): Promise<number> {
  const { planned, faults, redacted } = await dryRun(chosen, sync, stop);
  if (planned) {
    const text = asJson ? `${JSON.stringify(planValues(planned), undefined, 2)}\n` : planText(planned);
    context.stdout.write(redacted(text));
  }
  const once = [...new Set(faults)].map((fault) => `${fault}\n`).join('');
  if (faults.length > 0)
    context.stderr.write(redacted(`${once}${planned ? '' : 'Nothing was sent, and a load would fail.\n'}`));
  return planned && wouldLoad(planned) ? 0 : 1;
}
