// The list of sagas: live, filtered, by keyboard, and what is done with many of them.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { assertClean, BROKEN, browser, open, Skald, TRIP, until } from './support.mjs';

// Behind its pivot, one branch waits for a worker that there is none of, and the other fails for good.
const TORN = `
document: { dsl: '1.0.3', namespace: test, name: torn, version: '1.0.0' }
do:
  - paid: { call: cart.contents, with: { cart: c }, pivot: true }
  - both:
      fork:
        branches:
          - booked: { call: hotel.book, with: { city: Bergen } }
          - sent: { call: cart.contents, with: { nothing: 1 } }
`;

let skald, chrome, context, page;

before(async () => {
  skald = await new Skald({ store: true }).ready();
  chrome = await browser();
  await skald.deploy(TRIP);
  await skald.deploy(BROKEN);
  await skald.deploy(TORN);
  await skald.fillCart('c');
  for (let i = 1; i <= 5; ++i) await skald.submit('travel/trip', `trip-${i}`, { city: 'Bergen' }, { city: i === 1 ? 'Oslo' : 'Bergen' });
  for (let i = 1; i <= 3; ++i) await skald.submit('test/broken', `broken-${i}`, { cart: 'c' });
  for (let i = 1; i <= 3; ++i) await skald.becomes(`broken-${i}`, 'stuck');
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

const row = (id) => page.getByRole('row').filter({ hasText: id });
const ids = () => page.locator('.rows .row .id').allTextContents();

test('a saga that begins and moves is shown as it is, without a reload', async () => {
  await begin('/sagas');
  await row('trip-5').waitFor();
  assert.equal(await row('trip-live').count(), 0);
  await skald.submit('travel/trip', 'trip-live');
  await row('trip-live').locator('.status', { hasText: 'running' }).waitFor();
  assert.equal((await ids())[0], 'trip-live');
  await skald.send('POST', '/v1/sagas/trip-live/suspend', { reason: 'a test' });
  await row('trip-live').locator('.status', { hasText: 'suspended' }).waitFor();
  await page.getByRole('button', { name: /^suspended 1$/ }).waitFor();
  await skald.send('POST', '/v1/sagas/trip-live/terminate', { reason: 'a test' });
  await row('trip-live').locator('.status', { hasText: 'terminated' }).waitFor();
});

test('filters narrow the list, stand in the address, and are taken from it', async () => {
  await begin('/sagas');
  await page.getByRole('button', { name: /^stuck/ }).click();
  await row('broken-1').waitFor();
  assert.equal(await row('trip-1').count(), 0);
  assert.match(page.url(), /status=stuck/);
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByLabel('Workflow', { exact: true }).selectOption('travel/trip');
  await until('only trips', async () => (await ids()).every((id) => id.startsWith('trip')));
  await page.getByPlaceholder('label=value').fill('city=Oslo');
  await page.keyboard.press('Enter');
  await until('only the one with the label', async () => (await ids()).join() === 'trip-1');
  await page.getByLabel('Started').selectOption('15m');
  await until('it stands in the address', () => /label=city%3DOslo/.test(page.url()) && /since=15m/.test(page.url()));
  await page.reload();
  await until('the same after a reload', async () => (await ids()).join() === 'trip-1');
  await page.getByRole('button', { name: 'Remove the label filter city=Oslo' }).click();
  await row('trip-2').waitFor();
});

test('a text that was typed a moment before another filter was set does not undo it', async () => {
  await begin('/sagas');
  await row('trip-2').waitFor();
  await page.evaluate(() => {
    const input = document.querySelector('[data-search]');
    input.value = 'trip-2';
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await page.getByRole('button', { name: /^running/ }).click();
  await until('both are in the address', () => page.url().includes('status=running') && page.url().includes('id=trip-2'));
});

test('sagas that began before a time are listed', async () => {
  await begin('/sagas');
  await row('trip-2').waitFor();
  await page.getByLabel('Older than').fill('1d');
  await page.getByText('No saga fits').waitFor();
  assert.match(page.url(), /until=1d/);
});

test('sagas are found by how their id begins, and by the text of their error', async () => {
  await begin('/sagas');
  await row('trip-2').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('broken-2');
  await until('one is found', async () => (await ids()).join() === 'broken-2');
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByPlaceholder('Error contains').fill("has no 'cart'");
  await until('those with the error', async () => (await ids()).sort().join() === 'broken-1,broken-2,broken-3');
  await page.getByPlaceholder('Error contains').fill('no such error');
  await page.getByText('No saga fits').waitFor();
});

test('the list is used with the keyboard alone', async () => {
  await begin('/sagas?workflow=travel/trip');
  await row('trip-1').waitFor();
  const all = await ids();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByText('1 saga selected').waitFor();
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+J');
  await page.getByText('3 sagas selected').waitFor();
  assert.equal(await page.locator('.row.selected').count(), 3);
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('.row.selected').count(), 0);
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: all[2], exact: true }).waitFor();
  assert.equal(new URL(page.url()).pathname, `/sagas/${all[2]}`);
  await page.keyboard.press('Escape');
  await row('trip-1').waitFor();
});

test('rows are selected with the mouse, one, a range, and all', async () => {
  await begin('/sagas?workflow=travel/trip');
  await row('trip-5').getByRole('checkbox').click();
  await row('trip-2').getByRole('checkbox').click({ modifiers: ['Shift'] });
  await page.getByText('4 sagas selected').waitFor();
  await page.getByLabel('Select all that are loaded').click();
  await until('all', async () => (await page.locator('.row.selected').count()) === (await page.locator('.rows .row').count()));
});

// Chooses these and orders the verb; the dialog is open then.
async function bulk(chosen, verb) {
  for (const id of chosen) await row(id).getByRole('checkbox').click();
  await page.getByRole('region', { name: 'Selected sagas' }).getByRole('button', { name: verb }).click();
  await page.getByText('Dry run:').waitFor();
}

async function go(verb, sagas) {
  await page.getByLabel('Reason').fill('the airline is on strike');
  await page.getByRole('dialog').getByRole('button', { name: `${verb} ${sagas}` }).click();
  await page.getByText(/\d+ done, \d+ refused/).waitFor();
}

test('a bulk order tells first what it would do, and changes nothing until a reason is given', async () => {
  await begin('/sagas?workflow=travel/trip');
  await bulk(['trip-1', 'trip-2', 'trip-live'], 'Cancel');
  const dialog = page.getByRole('dialog');
  assert.match(await dialog.textContent(), /2 sagas would be acted on, 1 would not/);
  assert.match(await dialog.textContent(), /hotel\.cancel|Nothing would be undone/);
  assert.match(await dialog.textContent(), /nothing: it is terminated/);
  assert.ok(await dialog.getByRole('button', { name: 'Cancel 2 sagas' }).isDisabled());
  await dialog.getByRole('button', { name: 'Do nothing' }).click();
  assert.equal((await skald.show('trip-1')).status, 'running');
});

test('bulk orders are carried out saga by saga: suspend, resume, cancel, compensate, terminate', async () => {
  await begin('/sagas?workflow=travel/trip');
  await bulk(['trip-3', 'trip-4'], 'Suspend');
  await go('Suspend', '2 sagas');
  assert.match(await page.getByRole('dialog').textContent(), /2 done, 0 refused/);
  assert.equal((await skald.show('trip-3')).status, 'suspended');
  await page.getByRole('button', { name: 'Close', exact: true }).last().click();
  await page.getByRole('region', { name: 'Selected sagas' }).getByRole('button', { name: 'Resume' }).click();
  await go('Resume', '2 sagas');
  await skald.becomes('trip-4', 'running');
  await page.getByRole('button', { name: 'Close', exact: true }).last().click();
  await page.getByRole('button', { name: 'Clear', exact: true }).last().click();
  for (const [id, verb, end] of [
    ['trip-3', 'Cancel', 'cancelled'],
    ['trip-4', 'Compensate', 'cancelled'],
    ['trip-5', 'Terminate', 'terminated'],
  ]) {
    await bulk([id], verb);
    await go(verb, '1 saga');
    await page.getByRole('button', { name: 'Close', exact: true }).last().click();
    await row(id).getByRole('checkbox').click();
    await skald.becomes(id, end);
    await row(id).locator('.status', { hasText: end }).waitFor();
  }
  const history = await skald.get('/v1/sagas/trip-3/history');
  assert.ok(history.items.some((event) => event.type === 'operator.cancel' && event.reason === 'the airline is on strike'));
});

test('stuck sagas are retried and skipped in bulk', async () => {
  await begin('/sagas?workflow=test/broken');
  const events = (await skald.show('broken-1')).events;
  await bulk(['broken-1'], 'Retry');
  await go('Retry', '1 saga');
  await page.getByRole('button', { name: 'Close', exact: true }).last().click();
  await until('it was tried again', async () => (await skald.show('broken-1')).events > events + 1);
  await skald.becomes('broken-1', 'stuck');
  await page.getByRole('region', { name: 'Selected sagas' }).getByRole('button', { name: 'Skip' }).click();
  await go('Skip', '1 saga');
  await skald.becomes('broken-1', 'failed');
});

test('an order is for the step that stands still, not for one in flight that is listed before it', async () => {
  await skald.submit('test/torn', 'torn');
  await skald.becomes('torn', 'stuck');
  assert.equal((await skald.show('torn')).pending[0].task, 'hotel.book');
  await begin('/sagas/torn');
  await page.getByRole('group', { name: 'Actions' }).getByRole('button', { name: 'Skip…' }).click();
  const step = page.getByRole('dialog').getByLabel('Step');
  await step.waitFor();
  assert.match((await step.locator('option').allTextContents()).join(), /^sent \([^,]*\)$/);
  await page.goto(skald.url + '/sagas?workflow=test/torn');
  await bulk(['torn'], 'Skip');
  await go('Skip', '1 saga');
  assert.match(await page.getByRole('dialog').textContent(), /1 done, 0 refused/);
  const { items } = await skald.get('/v1/sagas/torn/history');
  assert.match(items.find((event) => event.type === 'step.skipped').step, /sent$/);
});
