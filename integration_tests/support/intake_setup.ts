/** An intake in front of a batcher, for tests: parts that a test does not use do nothing. */
import { type Arrival, Intake, type IntakeParts } from '../../src/intake.ts';

/** Values unchanged. */
export const plainValues = {
  null_text: '',
  boolean_format: 'true_false',
  datetime_format: 'as_is',
  list_separator: ';',
  trim: false,
} as const;

type Options = ConstructorParameters<typeof Intake>[1];

/** Creates it. */
export function setUpIntake(
  parts: Pick<IntakeParts, 'accounts' | 'batcher'> & Partial<IntakeParts>,
  options: Partial<Options> = {},
): Intake {
  return new Intake(
    {
      output: { log: () => undefined },
      schedule: { isStopped: () => false },
      settlement: { refuse: async () => undefined },
      checks: { of: () => undefined },
      columns: { seenOf: ({ columns }) => new Uint8Array(columns.length) },
      backpressure: { room: () => undefined },
      ...parts,
    },
    { values: plainValues, skipsDeleted: false, isClear: false, ...options },
  );
}

/** Reads the bytes, or ends the input; calls `on` with each arrival. */
export async function readAll(
  intake: Intake,
  bytes: Buffer | 'end',
  on: (arrival: Arrival) => void = () => undefined,
): Promise<void> {
  for await (const arrival of bytes === 'end' ? intake.end() : intake.read(bytes)) on(arrival);
}
