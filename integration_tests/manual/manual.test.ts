/** What README and the manual quote is what the connector does: log lines, messages, settings, and every command. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { ConnectorError, errorTable } from '../../src/errors.ts';
import type { ObjectRules } from '../../src/sandbox/options.ts';
import { connectorPath } from '../support/connector.ts';
import { readLogs } from '../support/log_lines.ts';
import type { Program } from '../support/program.ts';
import { runInProcess } from '../support/run_in_process.ts';
import { entryOf, records, setUpProgram, state } from '../support/small_sync.ts';
import { accessKey } from '../support/tenant.ts';
import { allShown } from './situations.ts';

const root = dirname(createRequire(import.meta.url).resolve('#package.json'));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const pages = ['README.md', 'docs/operating.md', 'docs/first-hour.md'];
const operating = read('docs/operating.md');

/** The lines of all blocks of a language, without those that are empty or comments. */
function blockLines(page: string, language: string): string[] {
  const blocks = [...page.matchAll(new RegExp(`^ *\`\`\`${language}\\n([^]*?)^ *\`\`\``, 'gm'))];
  const lines = blocks.flatMap(([, block = '']) => block.split('\n').map((line) => line.trim()));
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

/** Numbers, times, sizes and names of files differ from sync to sync; the words do not. */
function comparable(text: string): string {
  return text
    .replace(/ · request [\w-]+/g, '')
    .replace(/\(Gainsight request [\w-]+\)/g, '')
    .replace(/file \S+\.csv/g, 'file F')
    .replace(/\b[a-z][\w.-]*:\d+(?= has| \.)|127\.0\.0\.1:\d+|\w+\.gainsightcloud\.com/g, 'HOST')
    .replace(/[JC]-?\d+\b/g, '#')
    .replace(/\d[\d,.:TZ-]*(?: (?:UTC|bytes|kB|MB))?/g, '#')
    .replace(/# (?:d|h|min|s)\b(?: # (?:h|min|s)\b)?/g, '#')
    .replace(/# (record|row|file|call|state|stream|column)s?\b/g, '# $1s');
}

/** A quotation as a pattern: `…` stands for any text. */
function patternOf(quoted: string, isWhole: boolean): RegExp {
  const parts = comparable(quoted)
    .split('…')
    .map((part) => part.trim().replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
  const pattern = parts.join('.*');
  return new RegExp(isWhole ? `^${pattern}$` : pattern);
}

/** A command line as a shell splits it. */
function argumentsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

const allLines = allShown();
const shown = allLines.then((lines) => lines.map(comparable));

t.test('README is short', async (t) => {
  t.ok(read('README.md').split(/\s+/).length < 3000);
});

t.test('every log line that is quoted is logged', async (t) => {
  const lines = await shown;
  const quoted = pages.flatMap((path) => blockLines(read(path), 'log'));
  t.ok(quoted.length > 15);
  for (const line of quoted.filter((each) => !each.startsWith('Connected to')))
    t.ok(
      lines.some((each) => patternOf(line, true).test(each)),
      line,
    );
});

/** Without names, ids and quotations, which are as others have written them. */
function withoutNames(line: string): string {
  return line
    .replace(/\{.*\}|"[^"]*"|`[^`]*`|\S+\.csv|\S+\.json/g, '')
    .replace(/(request|run|job|Job|Gainsight request|file|at) [\w-]*\d[\w:/.-]*(?= |$|\)|,|:)/g, '$1')
    .replace(/127\.0\.0\.1:\d+|\bJ\d+|GSOBJ_\d+|GS_APIG_\d+/g, '');
}

/** Forms that numbers, times and durations must not have. */
const otherForms: Readonly<Record<string, RegExp>> = {
  'a time as machines write it': /\d{4}-\d\d-\d\dT\d/,
  'a time without its zone, or with seconds': /\d{4}-\d\d-\d\d \d\d:\d\d(?! UTC)/,
  'a number without commas between its thousands': /(?<![\d,.-])\d{4,}(?!-\d\d-\d\d)/,
  'a plural of one': /(?<![\d,.])1 (?:rows|records|files|jobs|calls|states|streams|columns|times)\b/,
};

t.test('numbers and times have one form in every line', async (t) => {
  const kept = readdirSync(join(root, 'integration_tests/fixtures/logs')).map((name) =>
    // Each begins with the time at which it was written.
    read(`integration_tests/fixtures/logs/${name}`).replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /gm, ''),
  );
  const failures = Object.entries(errorTable).map(([code, { what, next }]) => {
    const details = Object.fromEntries([...`${what}${next}`.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, 12_345]));
    return new ConnectorError(code as keyof typeof errorTable, details).message;
  });
  const lines = [...(await allLines), ...kept.flatMap((text) => text.split('\n')), ...failures];
  t.ok(lines.some((line) => /\d,\d{3}/.test(line)));
  for (const line of lines)
    for (const [what, form] of Object.entries(otherForms))
      if (form.test(withoutNames(line))) t.fail(`${what}: ${line}`);
  for (const { what } of Object.values(errorTable))
    t.notMatch(what, /\{\w+\} (?:minutes?|seconds?|hours?|min|s)\b/, 'durations come with their unit');
});

t.test('the words by which a section is found are printed', async (t) => {
  const lines = [
    ...(await shown),
    ...Object.values(errorTable).map(({ what }) => what.replace(/\{\w+\}/g, 'X')),
    ...Object.keys(errorTable),
  ];
  const parts = operating.split('\n## ');
  const tables = [parts[0], ...parts.filter((part) => /^(Other lines|The lines of the object API)\n/.test(part))];
  const cells = tables.flatMap((table = '') => [...table.matchAll(/^\| (`[^|]*) \| /gm)]);
  const phrases = cells.flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, phrase = '']) => phrase));
  t.ok(phrases.length > 40);
  for (const phrase of phrases)
    t.ok(
      lines.some((line) => patternOf(phrase, false).test(line)),
      phrase,
    );
});

t.test('each failure in the manual has the same parts, in the same order', async (t) => {
  const sections = operating.split('\n## ').slice(1);
  const parts = ['What you see', 'What it means', 'Is data at risk', 'Do this', 'If that does not help', 'Be warned'];
  const failures = sections.filter(
    (section) => !/^(Each morning|Other lines|The lines of the object API|Upgrade|Alerts)\n/.test(section),
  );
  t.ok(failures.length > 9);
  for (const section of failures) {
    const [title = ''] = section.split('\n');
    const found = [...section.matchAll(new RegExp(`^\\*\\*(${parts.join('|')})`, 'gm'))].map(([, part]) => part);
    t.same(found, parts, title);
    t.ok(section.split('\n').length < 60, `${title} fits a screen`);
  }
});

t.test('settings and codes are spelled as they are', async (t) => {
  const spec = read('spec.json');
  for (const path of pages) {
    const page = read(path);
    for (const [, title] of page.matchAll(/\*\*((?:Quota|Rejected Rows|Files|Polling|Preflight|Values): [^*→]+)\*\*/g))
      t.match(spec, `"title": "${title?.replace(/\s+/g, ' ')}"`, `${path}: ${title}`);
  }
  for (const [, code = ''] of operating.matchAll(/(?:failure|code is|means|For|ends as) `([a-z]+(?:_[a-z]+)+)`/g))
    t.ok(Object.hasOwn(errorTable, code), code);
});

/** A tenant in which a sync has made one job. */
async function syncedProgram(t: Test): Promise<Program> {
  const program = await setUpProgram(t, {
    ...{ config: { streams: [entryOf('accounts')] }, streams: ['accounts'] },
    sandbox: { objects: { Accounts: { fields: { Id: {}, Name: {} } } } },
  });
  const synced = await program.run('write', records('accounts', '1', '2') + state('accounts'));
  t.equal(synced.code, 0, synced.traces.join('\n'));
  return program;
}

const commandLines = pages.flatMap((path) => blockLines(read(path), 'sh').map(argumentsOf));

t.test('requests in the manual are answered as it says', async (t) => {
  const { sandbox } = await syncedProgram(t);
  const requests = commandLines.filter(([program]) => program === 'curl');
  t.ok(requests.length > 3);
  for (const words of requests) {
    const url = words.find((each) => each.startsWith('https://')) ?? '';
    const [headers, found, text] = words.includes('-H')
      ? [{ accessKey }, 200, '"result":true']
      : [{}, 401, 'GS_APIG_2401'];
    const expected = url.endsWith('/no/such/route') ? { status: 404, text: /GS_APIG_1000/ } : { status: found, text };
    const answer = await fetch(url.replace('https://acme.gainsightcloud.com/v1', sandbox.url), { headers });
    t.match({ status: answer.status, text: await answer.text() }, expected, words.join(' '));
  }
});

/** The words of a command after one of them, up to a redirection. */
function wordsAfter(words: readonly string[], word: string): string[] {
  const rest = words.slice(words.indexOf(word) + 1);
  return rest.includes('<') ? rest.slice(0, rest.indexOf('<')) : rest;
}

t.test('commands of the image in the manual work', async (t) => {
  const program = await syncedProgram(t);
  const env = { PATH: process.env['PATH'], GAINSIGHT_ACCESS_KEY: accessKey };
  const images = commandLines.filter(([docker, run]) => docker === 'docker' && run === 'run');
  const commands = images.map((words) => wordsAfter(words, 'destination-gainsight:0.1.0'));
  t.ok(commands.length > 4);
  const [connected = ''] = blockLines(operating, 'log').filter((each) => each.startsWith('Connected to'));
  for (const command of commands.filter(({ length }) => length > 0)) {
    const args = command.map((each) => each.replace(/^\/data\//, '').replace(/^Company$/, 'Accounts'));
    const options = { cwd: program.folder, env };
    const running = promisify(execFile)(process.execPath, [connectorPath, ...args], options);
    running.child.stdin?.end();
    const { stdout, stderr } = await running;
    t.equal(stderr, '', command.join(' '));
    if (args[0] !== 'check') continue;
    t.match(comparable(JSON.parse(stdout).connectionStatus.message), patternOf(connected, false));
  }
});

t.test('the first hour loads its two inputs, in three calls', async (t) => {
  const file = (name: string) => read(`examples/first_hour/${name}`);
  const { domain, access_key: _, ...config } = JSON.parse(file('config.json'));
  t.equal(domain, 'acme');
  const input = Buffer.from(file('first.jsonl'));
  const fields = {
    ...{ Probe_Key__gc: { maxLength: 50 }, Text__gc: { maxLength: 20 }, Number__gc: { type: 'number' } },
    ...{ Date__gc: { type: 'date' }, Moment__gc: { type: 'datetime' }, Flag__gc: { type: 'boolean' } },
    ...{ Choice__gc: { picklist: ['Open', 'Closed'] }, Choices__gc: {} },
  } satisfies ObjectRules['fields'];
  const sync = {
    config,
    catalog: JSON.parse(file('catalog.json')),
    sandbox: { objects: { Connector_Probe__gc: { fields } } },
  };
  const first = await runInProcess({ ...sync, input });
  t.teardown(() => first.sandbox.close());
  t.equal(first.end, 'done', first.traces.join('\n'));
  const keys = readLogs('rejectedRow', first.logs).map(({ key }) => key['Probe_Key__gc']);
  t.same(keys, ['p2', 'p3', 'p4', 'nobody'], 'what the sandbox takes for wrong');
  const second = await runInProcess({
    ...sync,
    input: Buffer.from(file('second.jsonl')),
    tenant: first,
    identity: { run: '8', attempt: 0 },
  });
  t.equal(second.end, 'done', second.traces.join('\n'));
  t.equal(first.sandbox.jobs.length, 3);
  t.same(first.sandbox.rows('Connector_Probe__gc')[0]?.['Text__gc'], null, 'the sandbox clears the field');
  const page = read('docs/first-hour.md');
  for (const field of Object.keys(fields)) t.match(page, `\`${field}\``);
});
