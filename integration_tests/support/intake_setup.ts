/** An intake in front of a batcher, for tests: ports that a test does not use do nothing. */
import { Intake, type IntakePorts } from '../../src/intake.ts';

/** Values unchanged. */
export const plainValues = {
  null_text: '',
  boolean_format: 'true_false',
  datetime_format: 'as_is',
  list_separator: ';',
  trim: false,
} as const;

type Options = ConstructorParameters<typeof Intake>[0];

/** Creates it. */
export function setUpIntake(
  options: Pick<Options, 'plans'> & Partial<Options>,
  ports: Pick<IntakePorts, 'batcher'> & Partial<IntakePorts>,
): Intake {
  return new Intake(
    { values: plainValues, skipsDeleted: false, isClear: false, ...options },
    {
      reject: async () => undefined,
      skip: () => undefined,
      hold: async () => undefined,
      unknown: () => undefined,
      pass: async () => undefined,
      isStopped: () => false,
      room: () => undefined,
      warn: () => undefined,
      ...ports,
    },
  );
}
