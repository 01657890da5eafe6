// Workflows, workers, stuck sagas, and what is around them.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { assertClean, BROKEN, browser, focused, open, Skald, TRIP, until } from './support.mjs';

let skald, chrome, context, page;

before(async () => {
  skald = await new Skald({ store: true }).ready();
  chrome = await browser();
  for (const document of [TRIP, TRIP.replace("'1.0.0'", "'1.10.0'"), TRIP.replace("'1.0.0'", "'1.9.0'"), BROKEN]) await skald.deploy(document);
  await skald.fillCart('c');
  await skald.submit('travel/trip', 'trip-1', { city: 'Bergen' });
  for (const id of ['broken-1', 'broken-2']) {
    await skald.submit('test/broken', id, { cart: 'c' });
    await skald.becomes(id, 'stuck');
  }
});
after(async () => {
  await chrome?.close();
  await skald?.stop();
});
const begin = async (path) => {
  context = await chrome.newContext({ viewport: { width: 1440, height: 900 } });
  page = await open(context, skald, path);
};
afterEach(async () => {
  if (page) assertClean(page);
  await context?.close();
  page = undefined;
});

test('workflows are listed with their latest version and their sagas', async () => {
  await begin('/workflows');
  const row = page.getByRole('row').filter({ hasText: 'travel/trip' });
  await row.getByText('1.10.0').waitFor();
  await row.getByRole('link', { name: '1 running' }).click();
  await page.getByRole('row').filter({ hasText: 'trip-1' }).waitFor();
  assert.match(page.url(), /status=running&workflow=travel%2Ftrip/);
});

test('a workflow has its versions, graph and source', async () => {
  await begin('/workflows/store/checkout');
  await page.locator('[data-step="/do/4/charge"]').getByText('pivot').waitFor();
  await page.locator('[data-undo="/do/4/charge"]').getByText('payments.refund').waitFor();
  await page.getByRole('tab', { name: 'source' }).click();
  await page.getByText('dsl:').first().waitFor();
  await page.goto(skald.url + '/workflows/travel/trip');
  const version = page.getByRole('combobox', { name: 'Version' });
  await until('the latest is shown', async () => (await version.inputValue().catch(() => '')) === '1.10.0');
  assert.deepEqual(await version.locator('option').allTextContents(), ['1.10.0', '1.9.0', '1.0.0']);
  await version.selectOption('1.9.0');
  await until('it stands in the address', () => page.url().includes('version=1.9.0'));
});

test('a workflow says what becomes of each failure, as skald check does, and leads to the line', async () => {
  await begin('/workflows/store/checkout?tab=failures');
  const report = skald.check(`${process.env.SKALD_SOURCE_DIR}/services/workflows/checkout.yaml`);
  await page.getByText(new RegExp(`through ${report.states} states`)).waitFor();
  const charge = page.getByRole('row').filter({ hasText: 'charge' }).filter({ hasText: 'unknown' }).or(page.getByRole('row').filter({ hasText: 'charge, create, reserve' }));
  await charge.first().getByText('charge, create, reserve').waitFor();
  const failure = report.failures.find((each) => each.step === '/do/4/charge');
  await page.getByRole('button', { name: `Line ${failure.line} of the source` }).first().click();
  await page.locator('.source .marked').getByText('charge').waitFor();
});

test('the task type that nobody serves stands first among the workers', async () => {
  await begin('/workers');
  const first = page.locator('tbody tr').first();
  await first.getByText('hotel.book').waitFor();
  await first.getByText(/nobody, since/).waitFor();
  const served = page.getByRole('row').filter({ hasText: 'payments.charge' }).first();
  await served.getByText('payments closed').waitFor();
  assert.match(await served.textContent(), /0 of \d+/);
});

test('stuck sagas are a worklist: why, what helps first, and the order for it', async () => {
  await begin('/stuck');
  const work = page.getByRole('listitem').filter({ hasText: 'broken-1' });
  const told = await skald.get('/v1/sagas/broken-1/explain');
  await work.getByText(told.summary).waitFor();
  await work.getByText(told.commands[0].command).waitFor();
  await page.getByLabel('1 stuck').or(page.getByLabel('2 stuck')).waitFor();
  await work.getByRole('button', { name: 'Skip…' }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill('given up');
  await page.getByRole('dialog').getByRole('button', { name: 'Skip', exact: true }).click();
  await skald.becomes('broken-1', 'failed');
  await work.waitFor({ state: 'detached' });
  await page.keyboard.press('r');
  await page.getByRole('heading', { name: 'Retry broken-2' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'broken-2', exact: true }).waitFor();
});

test('the mark stays on its saga when others come above it', async () => {
  await skald.submit('test/broken', 'marked', { cart: 'c' });
  await skald.becomes('marked', 'stuck');
  await begin('/stuck');
  await page.locator('.work.current').getByText('marked', { exact: true }).waitFor();
  await skald.submit('test/broken', 'above', { cart: 'c' });
  await page.getByRole('listitem').filter({ hasText: 'above' }).waitFor();
  assert.equal(await page.locator('.work.current').getByText('marked', { exact: true }).count(), 1);
  await page.keyboard.press('r');
  await page.getByRole('heading', { name: 'Retry marked' }).waitFor();
});

test('all views are reached with the keyboard alone', async () => {
  await begin('/');
  await page.getByRole('heading', { name: 'Sagas', exact: true }).waitFor();
  for (const [keys, heading] of [
    ['gw', 'Workflows'],
    ['gk', 'Workers'],
    ['gt', 'Stuck'],
    ['gs', 'Sagas'],
  ]) {
    for (const key of keys) await page.keyboard.press(key);
    await page.getByRole('heading', { name: heading, exact: true }).waitFor();
  }
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('/');
  await until('the search has the focus', async () => page.evaluate(() => document.activeElement.hasAttribute('data-search')));
});

test('the Tab key goes through everything, the content can be skipped to, and the focus is seen', async () => {
  await begin('/workflows');
  await page.getByRole('row').filter({ hasText: 'travel/trip' }).waitFor();
  await page.keyboard.press('Tab');
  const skip = page.getByText('Skip to the content');
  assert.ok((await skip.boundingBox()).y >= 0, 'it is seen when it has the focus');
  const seen = [];
  for (let i = 0; i < 14; ++i) {
    await page.keyboard.press('Tab');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    const label = await focused(page);
    if (label !== 'BODY') assert.notEqual(outline, 'none', `the focus is not seen on ${label}`);
    seen.push(label);
  }
  assert.ok(seen.some((label) => /^Theme/.test(label)) && seen.includes('Keys'), seen.join());
  await page.reload();
  await page.getByRole('row').filter({ hasText: 'travel/trip' }).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
});
