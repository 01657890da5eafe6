// Both themes: they follow the system, can be chosen, and every text has WCAG AA's contrast to its ground. A picture of
// each view is left in SKALD_SHOTS.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { tooFaint } from './contrast.mjs';
import { assertClean, BROKEN, browser, open, Skald, TRIP, until } from './support.mjs';

const SHOTS = process.env.SKALD_SHOTS;
const SIZE = { width: 1280, height: 800 };

// Each view: its address, what is there when it is, and what is done before one looks.
const VIEWS = {
  sagas: ['/sagas', '.rows .row'],
  selected: ['/sagas', '.rows .row', async (page) => {
    for (const key of 'jxjx') await page.keyboard.press(key);
    await page.locator('.bulk').waitFor();
  }],
  'dry-run': ['/sagas?workflow=travel/trip', '.rows .row', async (page) => {
    await page.getByLabel('Select all that are loaded').click();
    await page.getByRole('button', { name: 'Cancel…' }).click();
    await page.getByText('Dry run:').waitFor();
  }],
  saga: ['/sagas/order-1', '[data-step] .card-state'],
  'saga-past': ['/sagas/order-1?at=15&step=/do/3/create', '.step-panel .json'],
  'saga-stuck': ['/sagas/broken-1', '.explain .commands'],
  timeline: ['/sagas/order-2?tab=timeline', '.bar'],
  events: ['/sagas/order-1?tab=events&at=13', '.event', async (page) => {
    await page.locator('[data-search]').fill('charge');
    await page.getByRole('button', { name: 'Event 13: step.rejected' }).click();
    await page.locator('.event-detail').waitFor();
  }],
  data: ['/sagas/order-1?tab=data&at=12', '.data .json'],
  stuck: ['/stuck', '.work .command'],
  workflows: ['/workflows', '.counts .status'],
  workflow: ['/workflows/store/checkout', '[data-step]'],
  failures: ['/workflows/store/checkout?tab=failures', '.failures td'],
  source: ['/workflows/store/checkout?tab=source', '.source code'],
  workers: ['/workers', '.breaker'],
  help: ['/workers', '.breaker', async (page) => {
    await page.keyboard.press('?');
    await page.locator('.help').waitFor();
  }],
};

let skald, chrome;

before(async () => {
  skald = await new Skald({ store: true }).ready();
  chrome = await browser();
  await skald.deploy(TRIP);
  await skald.deploy(BROKEN);
  for (let i = 1; i <= 12; ++i) {
    const card = { 1: 'tok_declined', 2: 'tok_flaky', 7: 'tok_declined' }[i] ?? 'tok_ok';
    await skald.fillCart(`cart-${i}`);
    await skald.submit('store/checkout', `order-${i}`, { cart: `cart-${i}`, customer: 'Ada', card }, { region: i % 2 ? 'north' : 'south' });
  }
  for (let i = 1; i <= 6; ++i) await skald.submit('travel/trip', `trip-${i}`, { city: 'Bergen' }, { city: 'Bergen' });
  await skald.fillCart('c');
  for (let i = 1; i <= 2; ++i) await skald.submit('test/broken', `broken-${i}`, { cart: 'c' });
  await skald.send('POST', '/v1/sagas/trip-2/suspend', { reason: 'a test' });
  await skald.send('POST', '/v1/sagas/trip-3/cancel', { reason: 'a test' });
  await skald.send('POST', '/v1/sagas/trip-4/terminate', { reason: 'a test' });
  for (let i = 1; i <= 2; ++i) await skald.becomes(`broken-${i}`, 'stuck');
  for (let i = 2; i <= 6; ++i) await skald.becomes(`order-${i}`, 'completed');
  await skald.becomes('order-1', 'compensated');
  if (SHOTS) mkdirSync(SHOTS, { recursive: true });
});
after(async () => {
  await chrome?.close();
  await skald?.stop();
});

for (const colorScheme of ['light', 'dark']) {
  test(`every view is legible in the ${colorScheme} theme`, async () => {
    const context = await chrome.newContext({ viewport: SIZE, colorScheme });
    for (const [name, [path, there, prepare]] of Object.entries(VIEWS)) {
      const page = await open(context, skald, path);
      await page.locator(there).first().waitFor();
      await page.getByText('live', { exact: true }).waitFor();
      await prepare?.(page);
      assert.deepEqual(await page.evaluate(tooFaint), [], `${name}, ${colorScheme}`);
      if (SHOTS) await page.screenshot({ path: join(SHOTS, `${name}-${colorScheme}.png`) });
      assertClean(page);
      await page.close();
    }
    await context.close();
  });
}

test('the theme follows the system until one is chosen, and that is kept', async () => {
  const context = await chrome.newContext({ colorScheme: 'dark' });
  const page = await open(context, skald, '/workers');
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.emulateMedia({ colorScheme: 'light' });
  await until('it follows', async () => (await ground()) !== dark);
  await page.getByRole('button', { name: 'Theme: system' }).click();
  await page.getByRole('button', { name: 'Theme: light' }).click();
  await until('dark was chosen', async () => (await ground()) === dark);
  await page.reload();
  await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
  assert.equal(await ground(), dark);
  assertClean(page);
  await context.close();
});

test('it can be used on a narrow screen: nothing is wider than it', async () => {
  const context = await chrome.newContext({ viewport: { width: 420, height: 800 } });
  for (const path of ['/sagas', '/sagas/order-1', '/stuck', '/workers']) {
    const page = await open(context, skald, path);
    await page.locator('main h1').first().waitFor();
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${path} is ${over} too wide`);
    await page.close();
  }
  await context.close();
});
