/** Reads a page of ours by a parser that is not ours: what a person reads in it, by heading, label and column. */
import { type DefaultTreeAdapterTypes, parse } from 'parse5';

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

/** What a page says. */
export interface ReadPage {
  readonly title: string;
  readonly headings: readonly string[];
  /** By their terms. */
  readonly terms: ReadonlyMap<string, string>;
  /** By their names: rows by column. */
  readonly tables: ReadonlyMap<string, readonly Readonly<Record<string, string>>[]>;
  /** Texts of elements of this name. */
  texts(name: string): string[];
  /** Elements of this name, with their attributes. */
  elements(name: string): readonly { readonly attributes: Readonly<Record<string, string>>; readonly text: string }[];
  /** Names of all elements and attributes. */
  readonly names: ReadonlySet<string>;
  readonly text: string;
}

/** @throws Error if a parser finds a fault in it */
export function readPage(markup: string): ReadPage {
  const faults: string[] = [];
  const document = parse(markup, {
    onParseError: ({ code, startLine }) => faults.push(`${code} in line ${startLine}`),
  });
  if (faults.length > 0) throw new Error(`not a valid page: ${faults.join(', ')}`);
  const all = elementsIn(document);
  const elements = (name: string) =>
    all.filter((each) => each.tagName === name).map((each) => ({ attributes: attributesOf(each), text: textOf(each) }));
  const texts = (name: string) => elements(name).map(({ text }) => text);
  const lists = all.filter(({ tagName }) => tagName === 'dt');
  return {
    title: texts('title')[0] ?? '',
    headings: all.filter(({ tagName }) => /^h[1-6]$/.test(tagName)).map(textOf),
    terms: new Map(lists.map((term) => [textOf(term), textOf(nextElement(term))])),
    tables: new Map(
      all
        .filter((each) => attributesOf(each)['role'] === 'region')
        .map((region) => [attributesOf(region)['aria-label'] ?? '', rowsOf(region)]),
    ),
    ...{ texts, elements, text: textOf(document) },
    names: new Set(all.flatMap((each) => [each.tagName, ...Object.keys(attributesOf(each))])),
  };
}

/** A number as a page shows it. */
export function numberIn(text: string | undefined): number | null {
  if (text === '–') return null;
  if (!/^\d{1,3}(,\d{3})*$/.test(text ?? '')) throw new Error(`${text} is no number`);
  return Number(text?.replaceAll(',', ''));
}

function rowsOf(region: Element): Record<string, string>[] {
  const [head = [], ...body] = elementsIn(region)
    .filter(({ tagName }) => tagName === 'tr')
    .map((row) =>
      elementsIn(row)
        .filter(({ tagName }) => tagName === 'td' || tagName === 'th')
        .map(textOf),
    );
  return body.map((cells) => Object.fromEntries(head.map((title, at) => [title, cells[at] ?? ''])));
}

function elementsIn(node: Node): Element[] {
  const children = 'childNodes' in node ? node.childNodes : [];
  return children.flatMap((child) => ('tagName' in child ? [child, ...elementsIn(child)] : []));
}

function textOf(node: Node | undefined): string {
  if (!node) return '';
  if (node.nodeName === '#text' && 'value' in node) return node.value;
  return 'childNodes' in node ? node.childNodes.map(textOf).join('').trim() : '';
}

function attributesOf({ attrs }: Element): Record<string, string> {
  return Object.fromEntries(attrs.map(({ name, value }) => [name, value]));
}

function nextElement(element: Element): Element | undefined {
  const siblings = element.parentNode?.childNodes ?? [];
  return siblings.slice(siblings.indexOf(element) + 1).find((node): node is Element => 'tagName' in node);
}
