/** Every page in a browser: nothing runs, nothing is loaded, everyone can read it, and it fits a phone. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { systemClock } from '../../src/clock.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { packageFolder } from '../image/names.ts';
import { accessFaults, openPage, overflowOf, startBrowser, type View } from './browser.ts';
import { hostileTexts } from './reports.ts';
import { largePages, shownPages } from './shown_pages.ts';

/** Pages and pictures of them, for a person to look at. */
const folder = join(packageFolder, 'build/pages');
mkdirSync(folder, { recursive: true });

const [wide, phone] = [1280, 360];
const views: readonly View[] = (['light', 'dark'] as const).flatMap((theme) =>
  [wide, phone].map((width) => ({ theme, width, withScript: true })),
);

const browser = await startBrowser();
const sandbox = await hostileSandbox();
t.teardown(async () => {
  await browser.close();
  await sandbox.close();
});

const addresses = new Map(
  Object.entries(shownPages).map(([name, make]) => {
    const path = join(folder, `${name}.html`);
    writeFileSync(path, make());
    return [name, pathToFileURL(path).href];
  }),
);
addresses.set('sandbox', new URL('/', sandbox.url).href);

// Test and browser wait for each other: with one page at a time a core is idle.
t.jobs = 2;
const besideOthers = { buffered: true };

for (const [name, address] of addresses) {
  t.test(`${name}: nothing runs or is loaded, no fault of access, no scrolling sideways`, besideOthers, async (t) => {
    for (const view of views) {
      const { page, events, close } = await openPage(browser, address, view);
      const how = `${view.theme}, ${view.width} pixels`;
      t.ok((await overflowOf(page)) <= 0, `fits in ${how}`);
      t.equal(await page.locator('script').count(), 0, 'no script');
      await page.screenshot({ path: join(folder, `${name}.${view.theme}.${view.width}.png`), fullPage: true });
      // It takes seconds, and a dark phone has nothing of its own.
      if (view.theme === 'light' || view.width === wide) t.strictSame(await graveFaults(page), [], `axe, ${how}`);
      t.strictSame(events, [], how);
      await close();
    }
  });

  t.test(`${name}: readable without script`, besideOthers, async (t) => {
    const { page, events, close } = await openPage(browser, address, {
      theme: 'light',
      width: phone,
      withScript: false,
    });
    t.ok(await page.locator('h1').isVisible());
    for (const details of await page.locator('details').all()) {
      await details.locator('summary').click();
      t.ok(await details.locator('table, pre, .card').first().isVisible(), 'what was folded');
    }
    t.ok((await overflowOfText(page)) <= 0, 'fits unfolded too');
    t.strictSame(events, []);
    await close();
  });
}

for (const [name, make] of Object.entries(largePages)) {
  t.test(
    `${name} of 5,000 jobs opens, is less than 2 MB, and fits a phone in light and dark`,
    besideOthers,
    async (t) => {
      const text = make();
      t.ok(Buffer.byteLength(text) < 2_000_000, `${Buffer.byteLength(text)} bytes`);
      const path = join(folder, `${name}.html`);
      writeFileSync(path, text);
      for (const theme of ['light', 'dark'] as const) {
        const { page, events, close } = await openPage(browser, pathToFileURL(path).href, {
          ...{ theme, width: phone, withScript: true },
        });
        t.ok((await overflowOf(page)) <= 0, `fits in ${theme}`);
        for (const details of await page.locator('details').all()) await details.locator('summary').click();
        t.ok((await overflowOf(page)) <= 0, `fits unfolded in ${theme}`);
        t.ok((await page.locator('tbody tr').count()) >= 5000, 'every job');
        t.strictSame(events, []);
        await close();
      }
    },
  );
}

t.test('on paper nothing is cut off', async (t) => {
  const { page, close } = await openPage(browser, addresses.get('report-rejects') ?? '', {
    theme: 'dark',
    width: wide,
    withScript: true,
  });
  const pdf = await page.pdf({ format: 'A4', path: join(folder, 'report-rejects.pdf') });
  t.match(pdf.subarray(0, 5).toString(), '%PDF-');
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize({ width: 700, height: 1000 });
  t.ok((await overflowOf(page)) <= 0);
  t.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)', 'on white');
  await close();
});

t.test('the policy forbids what a page would do if it could', async (t) => {
  const page = shownPages['report-loaded']?.() ?? '';
  const path = join(folder, 'attack.html');
  const attack = '<img src="https://example.invalid/x"><script>alert(1)</script><p onclick="alert(2)">click</p>';
  writeFileSync(path, page.replace('<main>', `<main>${attack}`));
  const opened = await openPage(browser, pathToFileURL(path).href, { theme: 'light', width: wide, withScript: true });
  await opened.page.locator('p[onclick]').click();
  t.strictSame(
    opened.events.filter((event) => /^(dialog|opened)/.test(event)),
    [],
  );
  t.ok(opened.events.some((event) => /violates the following Content Security Policy/.test(event)));
  await opened.close();
});

t.test('a page with faults is found', async (t) => {
  const page = shownPages['report-loaded']?.() ?? '';
  const path = join(folder, 'faulty.html');
  const fault = '<p style="width:2000px;color:#999;background:#aaa">a wide grey text</p>';
  writeFileSync(path, page.replace('<main>', `<main>${fault}`).replace(' lang="en"', '').replace('tabindex="0"', ''));
  const opened = await openPage(browser, pathToFileURL(path).href, { theme: 'light', width: phone, withScript: true });
  const faults = (await graveFaults(opened.page)).map((each) => each.split(/[ ,]/)[1]).sort();
  t.strictSame(faults, ['color-contrast', 'html-has-lang', 'scrollable-region-focusable']);
  t.ok((await overflowOf(opened.page)) > 0);
  await opened.close();
});

/** Those that keep people from using the page. */
async function graveFaults(page: Parameters<typeof accessFaults>[0]): Promise<string[]> {
  return (await accessFaults(page)).filter((fault) => /^(serious|critical) /.test(fault));
}

/** Without script the browser itself is asked, by a locator. */
async function overflowOfText(page: Awaited<ReturnType<typeof openPage>>['page']): Promise<number> {
  const box = await page.locator('body').boundingBox();
  const main = await page.locator('main').boundingBox();
  return Math.max(box?.width ?? Number.NaN, (main?.x ?? Number.NaN) + (main?.width ?? 0)) - phone;
}

/** A sandbox that was sent names and values which try to be markup. */
async function hostileSandbox(): Promise<Sandbox> {
  const started = await startSandbox({
    ...{ clock: systemClock, callsPerHour: null, pendingSeconds: 0 },
    script: [{ on: 'list', do: { kind: 'status', status: 503, errorDesc: hostileTexts[0] } }],
  });
  for (const hostile of hostileTexts.slice(0, -1)) {
    const cell = `"${hostile.replaceAll('"', '""')}"`;
    const form = new FormData();
    form.set('objectName', hostile);
    form.set('operation', 'UPSERT');
    form.set('keyFields', 'Id');
    form.set('file', new Blob([`Id,${cell}\n1,${cell}\n`], { type: 'text/csv' }), 'rows.csv');
    await fetch(`${started.url}/bulk/jobs`, { method: 'POST', headers: { accessKey: 'k' }, body: form });
    await fetch(new URL(`/${encodeURIComponent(hostile)}`, started.url));
    started.addForeignJob({ object: hostile, fileName: hostile });
  }
  await systemClock.sleep(200);
  return started;
}
