/** HTML as a value: a template in which every inserted value is escaped. */
import { escaped } from '../names.ts';

/** A piece of HTML. Values get into one by {@link html} alone, so that no text becomes markup by accident. */
export class Html {
  readonly #markup: string;

  private constructor(markup: string) {
    this.#markup = markup;
  }

  /** The tag of a template. */
  static of(literals: TemplateStringsArray, ...values: readonly Content[]): Html {
    return new Html(literals.reduce((markup, literal, at) => `${markup}${markupOf(values[at - 1])}${literal}`));
  }

  /** Markup that this program itself has written, with no value of anyone in it. */
  static verbatim(markup: string): Html {
    return new Html(markup);
  }

  toString(): string {
    return this.#markup;
  }
}

/** What a template may contain: text and numbers are escaped; `undefined`, `null` and `false` add nothing. */
export type Content = Html | string | number | undefined | null | false | readonly Content[];

/**
 * Makes HTML: `` html`<p title="${note}">${text}</p>` ``. Values may stand in the content of an element and in an attribute in
 * quotation marks, and nowhere else: not as a name, and not in an attribute that holds an address or a script.
 */
export const html = Html.of;

/** Pieces of HTML, one after the other. */
export function joined(parts: Iterable<Html>): Html {
  return html`${[...parts]}`;
}

function markupOf(value: Content): string {
  if (value instanceof Html) return value.toString();
  if (Array.isArray(value)) return value.map(markupOf).join('');
  if (value === undefined || value === null || value === false) return '';
  return escapedText(String(value));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Besides what has a meaning in HTML: what changes the order of the text around it, or is not seen. */
const special = /[&<>"']|(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

function escapedText(text: string): string {
  return text.replace(special, (character) => entities[character] ?? escaped(character));
}
