/** A whole page: one file that needs nothing else, runs no script and sends no request. */
import { Html, html } from './html.ts';
import { style } from './style.ts';

/** What a page holds. */
export interface Page {
  readonly title: string;
  /** Above the content: what the page is, and of what. */
  readonly header: Html;
  readonly main: Html;
  readonly footer: Html;
  /** The page loads itself again after so many seconds. */
  readonly refreshSeconds?: number | undefined;
}

/** Nothing is loaded and nothing runs, whatever the page holds. */
export const contentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";

const sheet = Html.verbatim(`<style>${style}</style>`);

/** The text of a page. */
export function documentText({ title, header, main, footer, refreshSeconds }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
${refreshSeconds !== undefined && html`<meta http-equiv="refresh" content="${refreshSeconds}">\n`}<title>${title}</title>
${sheet}
</head>
<body>
<div class="page">
<header>${header}</header>
<main>${main}</main>
<footer class="note">${footer}</footer>
</div>
</body>
</html>
`.toString();
}
