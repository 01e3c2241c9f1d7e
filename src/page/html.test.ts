import { parseFragment, serialize } from 'parse5';
import t from 'tap';
import { type Content, html, joined } from './html.ts';

/** Whether a browser reads markup as this element with this attribute and this text. */
function readsAs(value: string): unknown {
  const markup = String(html`<p title="${value}">${value}</p>`);
  const [element, ...others] = parseFragment(markup).childNodes;
  if (!element || !('attrs' in element) || others.length > 0) return markup;
  return [
    element.attrs.map(({ name, value: found }) => [name, found]),
    element.childNodes.map((node) => 'value' in node && node.value),
  ];
}

t.test('whatever a value holds, it is the text of its element and of its attribute', async (t) => {
  for (const value of [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '</title></style><!-- --><![CDATA[ ]]>',
    'a & b &lt; &#x3c; &notit;',
    'two\nlines\tand a tab',
    '日本語 😀 é',
  ])
    t.strictSame(readsAs(value), [[['title', value]], [value]], value);
});

t.test('what nobody sees is shown as its escape', async (t) => {
  const cases = [
    ['a\u0000b', 'a\\u0000b'],
    ['\u001b[31m', '\\u001b[31m'],
    ['user\u202egnp.exe', 'user\\u202egnp.exe'],
    ['\u2066x\u2069', '\\u2066x\\u2069'],
    ['zero\u200bwidth', 'zero\\u200bwidth'],
    ['line\u2028end', 'line\\u2028end'],
    ['half \ud800 of a pair', 'half \\ud800 of a pair'],
    ['\ufeffmark', '\\ufeffmark'],
  ] as const;
  for (const [value, shown] of cases) t.strictSame(readsAs(value), [[['title', shown]], [shown]]);
});

t.test('HTML, lists and what is absent', async (t) => {
  const item = (value: Content) => html`<li>${value}</li>`;
  t.equal(String(html`<ul>${['<', 1234].map(item)}</ul>`), '<ul><li>&lt;</li><li>1234</li></ul>');
  t.equal(String(html`${undefined}${null}${false}${0}${''}`), '0');
  t.equal(String(joined([item('a'), item(item('b'))])), '<li>a</li><li><li>b</li></li>');
  t.equal(String(html`${String(html`<b>`)}`), '&lt;b&gt;', 'markup as a text is a text');
  t.equal(serialize(parseFragment(String(html`<b>${'x'}</b>`))), '<b>x</b>');
});
