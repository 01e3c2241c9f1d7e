/** Files of rows that are not sent again: as those of rejected rows, so that a person can correct and load them. */

import { slug } from '../../names.ts';
import { headerLine, rowLine } from '../../records/csv.ts';
import { planFileName, planFileText } from './plan_file.ts';
import type { Storage } from './storage.ts';
import type { Waiting, WaitingJob } from './waiting.ts';

const reasonColumns = ['_reject_field', '_reject_reason', '_reject_sure'];

/** Rows that are given up for one reason. */
interface GivenUp {
  readonly rows: readonly Waiting[];
  readonly why: string;
  /** `values.null_text`. */
  readonly nullText: string;
  /** Of the names of the files: no other process writes such names. */
  readonly beginning: string;
}

/**
 * Writes the rows, one file for those with the same columns.
 * @returns where they are
 * @throws ConnectorError `rejects_unwritable`
 */
export async function giveUp(storage: Storage, { rows, why, nullText, beginning }: GivenUp): Promise<string[]> {
  const files = new Map<string, Waiting[]>();
  for (const waiting of rows) {
    const { stream, object, operation, keyFields, fields } = waiting.about;
    const kind = JSON.stringify([stream, object, operation, keyFields, fields]);
    files.set(kind, [...(files.get(kind) ?? []), waiting]);
  }
  const addresses: string[] = [];
  for (const [at, alike] of [...files.values()].entries()) {
    const { about } = alike[0] as Waiting;
    const rejectedAt = Math.min(...alike.map((each) => each.about.rejectedAt));
    const name = `${beginning}.${at + 1}.${slug(about.stream.name, 60)}.rejects.csv`;
    await storage.write(planFileName(name), Buffer.from(planFileText(planOf(about), { nullText, rejectedAt })));
    const lines = alike.map(({ row }) =>
      rowLine([...row.cells, row.field, `${row.reason} (given up: ${why})`, 'true'], nullText),
    );
    await storage.write(name, Buffer.concat([headerLine([...about.fields, ...reasonColumns]), ...lines]));
    addresses.push(storage.addressOf(name));
  }
  return addresses;
}

function planOf({ stream, object, operation, keyFields, fields }: WaitingJob): Parameters<typeof planFileText>[0] {
  const { name, namespace } = stream;
  return {
    stream: { name, ...(namespace === null ? {} : { namespace }) },
    ...{ object, operation, keyFields },
    columns: fields.map((field) => ({ field })),
  };
}
