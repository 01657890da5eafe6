// When the engine goes, and when it wants a token.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertClean, BROKEN, browser, open, Skald, TRIP, until } from './support.mjs';

let chrome;
before(async () => {
  chrome = await browser();
});
after(() => chrome?.close());

test('a connection that is lost is shown, and found again with what was missed', async () => {
  const skald = await new Skald().ready();
  try {
    await skald.deploy(TRIP);
    await skald.submit('travel/trip', 'before');
    const page = await open(await chrome.newContext(), skald, '/sagas', { allow: /ERR_/ });
    await page.getByRole('row').filter({ hasText: 'before' }).waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    process.kill(skald.endpoints().pids.engine, 'SIGKILL');
    await page.getByRole('alert').getByText('connection to the engine is lost').waitFor();
    await until('the engine is back', () => skald.submit('travel/trip', 'after').catch(() => null));
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await page.getByRole('row').filter({ hasText: 'after' }).waitFor();
    assertClean(page);
  } finally {
    await skald.stop();
  }
});

test('what could not be loaded, and what was deployed meanwhile, is there when the engine is back', async () => {
  const skald = await new Skald().ready();
  try {
    await skald.deploy(TRIP);
    const context = await chrome.newContext();
    let away = true;
    await context.route('**/v1/workflows', (route) => (away ? route.abort() : route.continue()));
    const page = await open(context, skald, '/workflows', { allow: /ERR_/ });
    await page.getByRole('alert').getByText('unreachable').first().waitFor();
    away = false;
    process.kill(skald.endpoints().pids.engine, 'SIGKILL');
    await page.getByRole('row').filter({ hasText: 'travel/trip' }).waitFor();
    await until('the engine is back', () => skald.deploy(BROKEN).then(() => true, () => null));
    process.kill(skald.endpoints().pids.engine, 'SIGKILL');
    await page.getByRole('row').filter({ hasText: 'test/broken' }).waitFor();
    assertClean(page);
  } finally {
    await skald.stop();
  }
});

test('a broker that is away is shown', async () => {
  const skald = await new Skald().ready();
  try {
    const page = await open(await chrome.newContext(), skald, '/workers');
    await page.getByText('reached').waitFor();
    process.kill(skald.endpoints().pids.nats, 'SIGSTOP');
    try {
      await page.getByText('broker away').waitFor();
    } finally {
      process.kill(skald.endpoints().pids.nats, 'SIGCONT');
    }
    await page.getByText('live', { exact: true }).waitFor();
    assertClean(page);
  } finally {
    await skald.stop();
  }
});

test('a token is asked for once a tab, and a wrong one again', async () => {
  const skald = await new Skald({ token: 'secret' }).ready();
  try {
    await skald.deploy(TRIP);
    await skald.submit('travel/trip', 'hidden');
    const context = await chrome.newContext();
    const page = await open(context, skald, '/sagas', { allow: /401/ });
    for (const token of ['wrong', 'secret']) {
      await page.getByRole('dialog', { name: /wants a token/ }).waitFor();
      for (const _ of '123') await page.keyboard.press('Escape');
      assert.ok(await page.getByRole('dialog').isVisible(), 'it cannot be closed');
      assert.equal(await page.getByText('hidden', { exact: true }).count(), 0);
      await page.getByText('token that was given is wrong').waitFor({ state: token === 'wrong' ? 'hidden' : 'visible' });
      await page.getByLabel(/^Token/).fill('gehe\u00efm');
      await page.getByText('A token has letters').waitFor();
      assert.ok(await page.getByRole('button', { name: 'Go on' }).isDisabled());
      await page.getByLabel(/^Token/).fill(token);
      await page.getByRole('button', { name: 'Go on' }).click();
    }
    await page.getByRole('row').filter({ hasText: 'hidden' }).waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    await page.reload();
    await page.getByRole('row').filter({ hasText: 'hidden' }).waitFor();
    assert.equal(await page.evaluate(() => JSON.stringify(localStorage)), '{}', 'it is kept in the tab alone');
    assertClean(page);
  } finally {
    await skald.stop();
  }
});
