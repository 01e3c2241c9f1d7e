/** What the rows of all streams with the same columns have in common: there may be thousands of such streams. */
import type { Values } from '../config/types.ts';
import { ConnectorError } from '../errors.ts';
import type { Plan } from '../model.ts';
import { ColumnNames } from './column_finder.ts';
import { headerLine, textNeedsQuotes } from './csv.ts';
import type { Kernel } from './kernel/kernel.ts';
import { typesName } from './typed_row.ts';
import { type KernelShape, writeShape } from './value_formats.ts';

/** The shape of the rows of some plans. */
export interface RowShape {
  readonly kernel: Kernel;
  /** What the kernel knows of it. */
  readonly written: KernelShape;
  readonly names: ColumnNames;
  /** The CSV header, with its line feed. */
  readonly header: Buffer;
  /** The cell of a null. */
  readonly nullText: Buffer;
  /** Between the elements of a list. */
  readonly separator: string;
}

/** The shapes of the plans of one sync, each made with the first of its plans. */
export class RowShapes {
  readonly #kernel: Kernel;
  readonly #values: Values;
  /** By the columns, and then by what else matters of a plan. */
  readonly #shapes = new Map<Plan['columns'], Map<string, RowShape>>();

  constructor(kernel: Kernel, values: Values) {
    this.#kernel = kernel;
    this.#values = values;
  }

  /**
   * The shape of a plan's rows.
   * @throws config_invalid if `null_text` would require quotes
   */
  of(plan: Plan): RowShape {
    const { absentColumns, columns, keyColumns, latestBy, route, unreadableValues } = plan;
    const alike = this.#shapes.get(columns) ?? new Map<string, RowShape>();
    this.#shapes.set(columns, alike);
    const key = JSON.stringify([keyColumns, latestBy?.path, route, absentColumns, unreadableValues]);
    const shape = alike.get(key) ?? this.#make(plan);
    alike.set(key, shape);
    return shape;
  }

  #make(plan: Plan): RowShape {
    const [kernel, values] = [this.#kernel, this.#values];
    if (values.null_text !== '' && textNeedsQuotes(values.null_text)) {
      const detail = '"Null Text" holds a comma, a quote, a line break or a space at an end';
      throw new ConnectorError('config_invalid', { detail });
    }
    const names = new ColumnNames(plan.columns, plan.latestBy?.path);
    const fields = plan.columns.map(({ field }) => field);
    return {
      ...{ kernel, names, written: writeShape(kernel, plan, names, values) },
      header: headerLine(plan.route === undefined ? fields : [...fields, typesName]),
      nullText: Buffer.from(values.null_text),
      separator: values.list_separator,
    };
  }
}
