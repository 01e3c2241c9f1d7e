/** Reads a submission's multipart form as a stream: refused, or a file with its rows checked. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyHeaders } from '@fastify/busboy';
import type { Operation } from '../model.ts';
import { type Cells, readCsv } from './csv.ts';
import type { Submitted } from './job.ts';
import { rulesOf, type Settings } from './options.ts';
import { fileRefusal, Judge, type Purpose } from './rules.ts';
import { keepsRows } from './tenant.ts';

/** A request that creates no job. */
export interface FormRefusal {
  readonly status: 400 | 413;
  readonly errorCode: string;
  readonly errorDesc: string;
}

/** The result of reading a form. */
export interface ReadForm {
  /** The form's fields; `file` contains the file's name. */
  readonly fields: Readonly<Record<string, string>>;
  readonly outcome: { readonly submitted: Submitted } | { readonly refusal: FormRefusal };
}

/**
 * Reads a form to its end.
 * @throws Error if the request breaks off
 */
export async function readForm(body: Readable, headers: IncomingHttpHeaders, settings: Settings): Promise<ReadForm> {
  if (!/^multipart\/form-data;.*boundary=/i.test(headers['content-type'] ?? '')) {
    await drain(body);
    return { fields: {}, outcome: refuse('The body is no multipart form') };
  }
  const fields: Record<string, string> = {};
  let reading: Promise<ReadFile> | undefined;
  const busboy = new Busboy({
    headers: headers as BusboyHeaders,
    limits: { fileSize: settings.maxFileBytes },
    isPartAFile: (_field, _type, fileName) => fileName !== undefined,
  });
  busboy.on('field', (name, value) => {
    fields[name] = value;
  });
  busboy.on('file', (name, stream, fileName, _encoding, type) => {
    if (name !== 'file' || reading !== undefined) return void stream.resume();
    reading = readFile(stream, { fileName, type }, purposeOf(fields), settings);
    reading.catch(() => {
      // Awaited after the form is read; until then a rejection must not count as unhandled.
    });
  });
  await pipeline(body, busboy);
  const file = await reading;
  const outcome = judge(fields, headers, file, settings);
  return { fields: { ...fields, ...(file && { file: file.fileName }) }, outcome };
}

async function drain(body: Readable): Promise<void> {
  for await (const _ of body);
}

interface ReadFile {
  readonly fileName: string;
  readonly type: string;
  readonly facts: Awaited<ReturnType<typeof readCsv>>;
  readonly truncated: boolean;
  readonly header: readonly string[];
  /** Rows to be kept, or rows that could not be checked because the form's fields came after the file. */
  readonly rows: Cells[];
  readonly lines: number[];
  readonly judge: Judge | undefined;
}

async function readFile(
  stream: Readable & { truncated: boolean },
  part: Pick<ReadFile, 'fileName' | 'type'>,
  purpose: Purpose | undefined,
  settings: Settings,
): Promise<ReadFile> {
  const rows: Cells[] = [];
  const lines: number[] = [];
  const kept = !purpose || keepsRows(purpose.object, settings);
  let header: readonly string[] = [];
  let judge: Judge | undefined;
  let next = 0;
  const facts = await readCsv(stream, {
    header(names) {
      header = names;
      judge = purpose && new Judge(purpose, names, rulesOf(purpose.object, settings.objects), settings.longText);
    },
    row(cells, line) {
      judge?.take(cells, next, line);
      next += 1;
      if (!kept) return;
      rows.push(cells);
      lines.push(line);
    },
  });
  return { ...part, facts, truncated: stream.truncated, header, rows, lines, judge };
}

function judge(
  fields: Record<string, string>,
  headers: IncomingHttpHeaders,
  file: ReadFile | undefined,
  settings: Settings,
): ReadForm['outcome'] {
  for (const part of ['objectName', 'operation']) if (!fields[part]) return refuse(`Part ${part} is missing`);
  const purpose = purposeOf(fields);
  if (!purpose) return refuse(`Operation "${fields['operation']}" is none of INSERT, UPDATE, UPSERT`);
  if (!file) return refuse('Part file is missing');
  const { facts, header, rows, lines } = file;
  if (file.truncated) return refuse(`The file is larger than ${settings.maxFileBytes} bytes`, 413, 'GS_7413');
  const { object, operation, keyFields } = purpose;
  if (operation !== 'INSERT' && keyFields.length === 0) return refuse(`keyFields are required for ${operation}`);
  const unknown = keyFields.find((field) => !header.includes(field));
  if (unknown !== undefined && facts.problem === undefined)
    return refuse(`Key field "${unknown}" is not in the header of the file`);
  if (facts.rows === 0 && facts.problem === undefined) return refuse('The file has no rows', 400, 'GS_7571');
  const judged = file.judge ?? judgeLate(purpose, file, settings);
  const problem = facts.problem === undefined ? undefined : { message: facts.problem };
  const submitted: Submitted = {
    ...{ object, operation, keyFields, fields, headers, header },
    ...{ fileName: file.fileName, fileType: file.type, sha256: facts.sha256, bytes: facts.bytes },
    rowCount: facts.rows,
    rows: keepsRows(object, settings) ? rows : undefined,
    lines,
    duplicateKeys: judged.duplicateKeys,
    problems: judged.problems,
    fileProblem: problem ?? fileRefusal(object, header, settings.objects),
  };
  return { submitted };
}

function judgeLate(purpose: Purpose, { header, rows, lines }: ReadFile, settings: Settings): Judge {
  const judge = new Judge(purpose, header, rulesOf(purpose.object, settings.objects), settings.longText);
  for (const [row, cells] of rows.entries()) judge.take(cells, row, lines[row] as number);
  return judge;
}

/** What the form asks for, once its fields are present and valid. */
function purposeOf({ objectName, operation, keyFields = '' }: Record<string, string>): Purpose | undefined {
  if (!objectName || !isOperation(operation)) return undefined;
  const keys = keyFields
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '');
  return { object: objectName, operation, keyFields: operation === 'INSERT' ? [] : keys };
}

function isOperation(text: string | undefined): text is Operation {
  return text === 'INSERT' || text === 'UPDATE' || text === 'UPSERT';
}

function refuse(errorDesc: string, status: 400 | 413 = 400, errorCode = 'GS_7400'): ReadForm['outcome'] {
  return { refusal: { status, errorCode, errorDesc } };
}
