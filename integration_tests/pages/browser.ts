/** Opens pages in headless Chromium and notes whatever they do besides being there. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { ask } from '../support/commands.ts';

/** How a reader looks at a page. */
export interface View {
  readonly theme: 'light' | 'dark';
  /** Pixels of CSS. */
  readonly width: number;
  readonly withScript: boolean;
}

/** A page that is open. */
export interface OpenPage {
  readonly page: Page;
  /** Dialogs, errors, messages of the console, requests other than for the page itself, further pages. */
  readonly events: readonly string[];
  close(): Promise<void>;
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Starts Chromium as Debian installs it. */
export function startBrowser(): Promise<Browser> {
  const executablePath = ask('sh', ['-c', 'command -v chromium']);
  // Its sandbox does not work for root.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}

/** Opens the page at an address. */
export async function openPage(
  browser: Browser,
  address: string,
  { theme, width, withScript }: View,
): Promise<OpenPage> {
  const options: BrowserContextOptions = {
    ...{ colorScheme: theme, viewport: { width, height: 900 }, javaScriptEnabled: withScript },
  };
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const events: string[] = [];
  context.on('page', (other) => void events.push(`opened ${other.url()}`));
  page.on('dialog', (dialog) => {
    events.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => void events.push(`console ${message.text()}`));
  page.on('pageerror', (error) => void events.push(`error ${error.message}`));
  page.on('request', (request) => void (request.url() !== address && events.push(`request ${request.url()}`)));
  await page.goto(address, { waitUntil: 'load' });
  return { page, events, close: () => context.close() };
}

/** What axe finds, as `impact rule: elements`. */
export async function accessFaults(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  // It would load style sheets again.
  const found = (await page.evaluate('axe.run(document, { preload: false, resultTypes: ["violations"] })')) as {
    violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
  };
  return found.violations.map(({ id, impact, nodes }) => {
    const [first] = nodes;
    return `${impact} ${id}, ${nodes.length} times: ${first?.html.slice(0, 200)} ${first?.failureSummary}`;
  });
}

/** How far the page is wider than its window, in pixels. */
export async function overflowOf(page: Page): Promise<number> {
  return (await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')) as number;
}
