/** The style of all pages: light and dark as the reader's system says, narrow and wide, on paper too. */

const light = `
--back:#fff;--soft:#f4f5f7;--line:#dcdfe5;--text:#1b1f27;--dim:#566070;--link:#1f56ad;
--good:#176b41;--good-soft:#e6f4ec;--warn:#855000;--warn-soft:#fcf1dc;--bad:#ae231c;--bad-soft:#fcebea;
--fill-good:#2c9763;--fill-warn:#d18f1d;--fill-bad:#d0453c;--fill-dim:#aab1bd;--fill-open:#6b7688;
--ours:#2f6fd0;--others:#a3abba;--reserved:#e9e4f5`;

const dark = `
--back:#13161b;--soft:#1c2128;--line:#323943;--text:#e5e8ed;--dim:#9fa8b7;--link:#8db8f8;
--good:#6dcf9c;--good-soft:#15291f;--warn:#e9b458;--warn-soft:#2d2413;--bad:#f58d85;--bad-soft:#331b1a;
--fill-good:#3aa674;--fill-warn:#cf952f;--fill-bad:#dc5d54;--fill-dim:#566071;--fill-open:#8b96a8;
--ours:#5a95ea;--others:#6b7485;--reserved:#2b2640`;

const text = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--back);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.page{max-width:76rem;margin:0 auto;padding:1.75rem 1.25rem 4rem}
h1,h2,h3,h4{line-height:1.25;margin:0;text-wrap:balance}
h1{font-size:1.75rem;letter-spacing:-.015em}
h2{font-size:1.2rem;margin:2.75rem 0 .75rem}
h3{font-size:1rem;margin:1.5rem 0 .5rem}h3 .dim{font-weight:400}
p{margin:.5rem 0;max-width:75ch}
a{color:var(--link)}
code,pre{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875em}
pre code{font-size:1em}
pre{margin:.5rem 0;padding:.6rem .8rem;background:var(--soft);border:1px solid var(--line);border-radius:6px;white-space:pre-wrap}
ul{margin:.5rem 0;padding-left:1.2rem}
.top{color:var(--dim);font-size:.875rem;margin:0 0 1.25rem}
nav{font-size:.875rem;margin:1.25rem 0 0}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;margin:0;padding:0}
.dim,.note{color:var(--dim)}
.note{font-size:.875rem}
.lines{white-space:pre-line}`;

const parts = `
.verdict{padding:1.1rem 1.25rem 1.2rem;border:1px solid var(--line);border-left:.4rem solid var(--dim);border-radius:8px;background:var(--soft)}
.verdict p{font-size:1.05rem}.verdict p.note{font-size:.875rem}
.verdict h2{font-size:.875rem;margin:1rem 0 .25rem}
.verdict pre{background:var(--back);user-select:all}
.verdict.good{border-left-color:var(--fill-good);background:var(--good-soft)}
.verdict.warn{border-left-color:var(--fill-warn);background:var(--warn-soft)}
.verdict.bad{border-left-color:var(--fill-bad);background:var(--bad-soft)}
.good h1,b.good{color:var(--good)}
.warn h1,b.warn{color:var(--warn)}
.bad h1,b.bad{color:var(--bad)}
.facts{display:flex;flex-wrap:wrap;gap:.75rem 2.25rem;margin:1.25rem 0 0}
.facts dt,.numbers dt{color:var(--dim);font-size:.8125rem}
.facts dd,.numbers dd{margin:0}
.numbers{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.6rem;margin:.75rem 0}
.numbers div{padding:.6rem .8rem;border:1px solid var(--line);border-radius:8px}
.numbers dd{font-size:1.375rem;line-height:1.3;font-weight:600;white-space:nowrap}.numbers .bad dd{color:var(--bad)}.numbers .warn dd{color:var(--warn)}.numbers .zero dd{color:var(--dim);font-weight:400}
.numbers div dd.note{font-size:.8125rem;font-weight:400;color:var(--dim);white-space:normal}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,28rem),1fr));gap:.6rem;margin:.6rem 0}
.card{padding:.85rem 1rem;border:1px solid var(--line);border-radius:8px}
.card h3,.card h4{font-size:1rem;font-weight:600;margin:0}
.card p{margin:.35rem 0}
.todo::before{content:"→ ";color:var(--dim)}
details{margin:.6rem 0}
summary{cursor:pointer;color:var(--link);width:fit-content;padding:.15rem 0}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
li.kind{white-space:nowrap}
.kind::before{content:"";display:inline-block;width:.7em;height:.7em;border-radius:2px;margin-right:.4em;background:var(--fill-dim)}
.kind.good::before{background:var(--fill-good)}.kind.warn::before{background:var(--fill-warn)}.kind.bad::before{background:var(--fill-bad)}
.kind.open::before{background:var(--fill-open)}.kind.ours::before{background:var(--ours)}.kind.others::before{background:var(--others)}
.kind.reserved::before{background:var(--reserved);box-shadow:inset 0 0 0 1px var(--dim)}
.legend{display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;font-size:.8125rem;color:var(--dim);list-style:none;padding:0;margin:.4rem 0 .8rem}`;

const drawings = `
svg{display:block;width:100%;overflow:visible}
.good>rect,rect.good{fill:var(--fill-good)}rect.warn{fill:var(--fill-warn)}rect.bad{fill:var(--fill-bad)}rect.dim{fill:var(--fill-dim)}rect.open{fill:var(--fill-open)}
.share{height:.75rem;border-radius:4px;overflow:hidden;background:var(--soft)}
td .share,th .share{height:.3rem;max-width:14rem;margin-top:.2rem}
.chart{margin:.5rem 0 1rem;padding:1rem 1rem .5rem;border:1px solid var(--line);border-radius:8px}
.chart .name{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem;font-size:.8125rem;margin:.7rem 0 .15rem}
.chart .name:first-child{margin-top:0}
.grid{stroke:var(--line);fill:none}
.ground{fill:var(--soft)}
.ours{fill:var(--ours)}.others{fill:var(--others)}rect.reserved{fill:var(--reserved)}
.limit{stroke:var(--fill-bad);fill:none}
.axis text{font-size:12px;fill:var(--dim)}`;

/** `n3`: the third column holds numbers; `w3`: long texts, which break. */
const columns = Array.from({ length: 15 }, (_, at) => at + 1);
const tables = `
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:8px;margin:.6rem 0}
table{border-collapse:collapse;width:100%;font-size:.875rem}
th,td{padding:.4rem .75rem;text-align:left;vertical-align:top;white-space:nowrap;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--dim);font-weight:500;font-size:.8125rem;background:var(--soft)}
tbody th{font-weight:500}
${columns.map((at) => `.n${at} :nth-child(${at}):is(td,th)`).join()}{text-align:right}
${columns.map((at) => `.w${at} :nth-child(${at}):is(td,th)`).join()}{white-space:normal;min-width:13rem}`;

const small = `
@media (max-width:40rem){.page{padding:1.1rem .9rem 3rem}h1{font-size:1.4rem}.verdict{padding:.9rem 1rem}.numbers{grid-template-columns:repeat(2,minmax(0,1fr))}.numbers dd{font-size:1.15rem;white-space:normal;overflow-wrap:anywhere}.chart{padding:.8rem .8rem .4rem}th,td{padding:.35rem .55rem}}`;

const paper = `
@media print{:root{${light}}body{font-size:10pt}.page{max-width:none;padding:0}nav{display:none}.scroll{overflow:visible}th,td{white-space:normal;padding:.2rem .4rem}.card,.chart,.verdict,tr{break-inside:avoid}h2,h3{break-after:avoid}}`;

/** The sheet. */
export const style = [
  `:root{color-scheme:light dark;${light}}@media (prefers-color-scheme:dark){:root{${dark}}}`,
  ...[text, parts, drawings, tables, small, paper],
]
  .join('')
  .replaceAll('\n', '');
