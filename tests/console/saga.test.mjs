// One saga: what is shown of it, how it moves through time, and every order that can be given.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { assertClean, BROKEN, browser, open, Skald, TRIP, until } from './support.mjs';

const PARENT = `
document: { dsl: '1.0.3', namespace: test, name: parent, version: '1.0.0' }
do:
  - child: { run: { workflow: { namespace: travel, name: trip, version: '1.0.0', input: { city: Bergen } } } }
`;

// Done for good, and then a step that fails for good: it stands still, and nothing is undone.
const HALFWAY = `
document: { dsl: '1.0.3', namespace: test, name: halfway, version: '1.0.0' }
do:
  - paid: { call: cart.contents, with: { cart: '\${ $input.cart }' }, pivot: true }
  - sent: { call: cart.contents, with: { nothing: 1 } }
`;

let skald, chrome, context, page;

before(async () => {
  skald = await new Skald({ store: true }).ready();
  chrome = await browser();
  for (const document of [TRIP, BROKEN, HALFWAY, PARENT.replace('run:', 'pivot: true, run:')]) await skald.deploy(document);
  await skald.fillCart('c');
  const order = (id, card) => skald.submit('store/checkout', id, { cart: 'c', customer: 'Ada', card }, { region: 'north' });
  await order('order-1', 'tok_declined');
  await skald.becomes('order-1', 'compensated');
  await skald.fillCart('c');
  await order('order-2', 'tok_flaky');
  await skald.becomes('order-2', 'completed');
});
after(async () => {
  await chrome?.close();
  await skald?.stop();
});
const begin = async (path) => {
  context = await chrome.newContext({ viewport: { width: 1440, height: 1000 } });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  page = await open(context, skald, path);
};
afterEach(async () => {
  if (page) assertClean(page);
  await context?.close();
  page = undefined;
});

const card = (step) => page.locator(`[data-step="${step}"]`);
const undo = (step) => page.locator(`[data-undo="${step}"]`);
const says = (locator, text) => until(`it says ${text}`, async () => (await locator.textContent()).includes(text));

test('the explanation stands on top, in the engine\'s words', async () => {
  await begin('/sagas/order-1');
  const told = await skald.get('/v1/sagas/order-1/explain');
  await page.getByText(told.summary, { exact: true }).click();
  for (const sentence of told.sentences) await page.getByText(sentence.text.split(' (')[0]).first().waitFor(); // behind that is how long ago
});

test('the graph shows how each step ended, and the undos beside them', async () => {
  await begin('/sagas/order-1');
  await says(card('/do/0/contents'), 'completed');
  await says(card('/do/4/charge'), 'rejected');
  await says(undo('/do/3/create'), 'undone');
  await says(undo('/do/2/reserve'), 'undone');
  assert.equal(await card('/do/5/commit').locator('.card-state').count(), 0);
  const [create, release] = [await undo('/do/3/create').boundingBox(), await undo('/do/2/reserve').boundingBox()];
  const forward = await card('/do/3/create').boundingBox();
  assert.ok(create.x > forward.x + forward.width, 'the undo stands beside its step');
  assert.ok(release.y < create.y, 'the way back leads up');
});

test('a step that is chosen tells what it was given and what it answered', async () => {
  await begin('/sagas/order-1');
  await card('/do/4/charge').click();
  const panel = page.getByRole('complementary', { name: 'Step /do/4/charge' });
  await panel.locator('.json-string', { hasText: 'tok_declined' }).first().waitFor();
  await panel.locator('.json-string', { hasText: 'the card was declined' }).first().waitFor();
  assert.match(page.url(), /step=%2Fdo%2F4%2Fcharge/);
  await panel.getByRole('button', { name: /step\.scheduled/ }).first().click();
  await until('its moment is looked at', () => /at=\d+/.test(page.url()));
});

test('the slider moves graph and data through time, with the keyboard too, and its place can be shared', async () => {
  await begin('/sagas/order-1');
  const events = (await skald.get('/v1/sagas/order-1/history')).items;
  const scheduled = events.find((event) => event.type === 'step.scheduled' && event.step === '/do/4/charge').seq;
  await says(undo('/do/3/create'), 'undone');
  const slider = page.getByRole('slider', { name: 'Event' });
  await slider.focus();
  await page.keyboard.press('Home');
  await until('at the first event', () => page.url().includes('at=1'));
  for (let seq = 1; seq < scheduled; ++seq) await page.keyboard.press('ArrowRight');
  await until('at the charge', () => page.url().includes(`at=${scheduled}`));
  await says(card('/do/4/charge'), 'in flight');
  await says(undo('/do/3/create'), 'ready');
  assert.match(await slider.getAttribute('aria-valuetext'), new RegExp(`event ${scheduled} of ${events.length}: step.scheduled charge`));
  const shared = page.url();
  await page.goto('about:blank');
  await page.goto(shared);
  await says(card('/do/4/charge'), 'in flight');
  await page.getByRole('button', { name: 'Back to now' }).click();
  await says(card('/do/4/charge'), 'rejected');
  await page.locator('h1').click();
  await page.keyboard.press('[');
  await until('one event back', () => page.url().includes(`at=${events.length - 1}`));
  await page.keyboard.press('0');
  await until('now', () => !page.url().includes('at='));
});

test('a slider that is dragged for long leads the view and the address all the way', async () => {
  await begin('/sagas/order-1?tab=data');
  const slider = page.getByRole('slider', { name: 'Event' });
  await until('the events are there', async () => Number(await slider.getAttribute('max')) > 7);
  await slider.evaluate(async (input) => {
    const to = (seq) => {
      input.value = String(seq);
      input.dispatchEvent(new Event('input', { bubbles: true }));
    };
    for (let i = 0; i < 500; ++i) {
      to(1 + (i % 5));
      if (i % 5 === 0) await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    to(7);
  });
  await until('the address has come to its end', () => page.url().includes('at=7'));
  await page.locator('.data-status').getByText('after event 7').waitFor();
});

test('it plays from the start to now', async () => {
  await begin('/sagas/order-1');
  await says(card('/do/4/charge'), 'rejected');
  await page.getByRole('button', { name: 'Play from the start' }).click();
  await until('it has left the end', () => page.url().includes('at='));
  await until('it has come to now', () => !page.url().includes('at='));
});

test('the timeline has attempts, waits and undos', async () => {
  await begin('/sagas/order-2?tab=timeline');
  const timeline = page.getByRole('treegrid', { name: 'Timeline' });
  await timeline.getByRole('button', { name: 'attempt 3', exact: true }).waitFor();
  await timeline.getByRole('row', { name: /wait/ }).first().waitFor();
  await timeline.getByText(/failed/).first().waitFor();
  await timeline.getByRole('button', { name: 'Fold charge' }).click();
  assert.equal(await timeline.getByRole('button', { name: 'attempt 3', exact: true }).count(), 0);
  await page.goto(skald.url + '/sagas/order-1?tab=timeline');
  await timeline.getByRole('button', { name: /undo/ }).first().waitFor();
});

test('every event is shown with its data, filtered, and unfolded', async () => {
  await begin('/sagas/order-1?tab=events');
  const events = (await skald.get('/v1/sagas/order-1/history')).items;
  await page.getByText(`${events.length} events`).waitFor();
  assert.equal(await page.locator('.event').count(), events.length);
  await page.keyboard.press('/');
  await page.keyboard.type('rejected charge');
  await page.getByText(`1 of ${events.length}`).waitFor();
  await page.getByRole('button', { name: /^Event \d+: step\.rejected$/ }).click();
  await page.locator('.event-detail .json-string', { hasText: 'the card was declined' }).first().waitFor();
  await page.getByRole('button', { name: /Copy event/ }).click();
  const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  assert.equal(copied.type, 'step.rejected');
  await page.getByRole('searchbox').fill('');
  await page.getByRole('tab', { name: 'events' }).focus();
  await page.keyboard.press('j');
  await until('an event is looked at', () => /at=\d+/.test(page.url()));
});

test('the data is shown as it was, with what the event changed', async () => {
  const events = (await skald.get('/v1/sagas/order-1/history')).items;
  const set = events.find((event) => event.type === 'context.set').seq;
  await begin(`/sagas/order-1?tab=data&at=${set}`);
  await page.getByRole('region', { name: 'Context' }).locator('.json-string', { hasText: 'axe' }).first().waitFor();
  await page.getByRole('region', { name: 'Changes' }).getByText('/context').first().waitFor();
});

test('what happens meanwhile is shown, without a reload', async () => {
  await skald.submit('travel/trip', 'live');
  await begin('/sagas/live');
  await says(card('/do/0/hotel'), 'in flight');
  const summary = await page.locator('.summary').textContent();
  await skald.send('POST', '/v1/sagas/live/cancel', { reason: 'a test' });
  await page.locator('.title-line .status', { hasText: 'cancelled' }).waitFor();
  await until('the explanation has changed', async () => (await page.locator('.summary').textContent()) !== summary);
  await says(card('/do/0/hotel'), 'failed');
});

test('a step that stands still is seen to, in the graph', async () => {
  await skald.submit('test/halfway', 'halfway', { cart: 'c' });
  await skald.becomes('halfway', 'stuck');
  await begin('/sagas/halfway');
  await says(card('/do/0/paid'), 'completed');
  await says(card('/do/1/sent'), 'stuck');
});

// Presses the button of a verb, gives a reason, and waits for the dialog to go.
async function order(verb, more = async () => {}) {
  await page.getByRole('group', { name: 'Actions' }).getByRole('button', { name: `${verb}…` }).click();
  const dialog = page.getByRole('dialog');
  await more(dialog);
  await dialog.getByLabel('Reason').fill(`because of ${verb}`);
  await dialog.getByRole('button', { name: verb, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}
const status = (text) => page.locator('.title-line .status', { hasText: text }).waitFor();
const reasonOf = async (id, type) => (await skald.get(`/v1/sagas/${id}/history`)).items.find((event) => event.type === type)?.reason;

test('a saga is suspended and resumed, and its reasons stand in the history', async () => {
  await skald.submit('travel/trip', 'pause');
  await begin('/sagas/pause');
  await order('Suspend');
  await status('suspended');
  await order('Resume');
  await status('running');
  assert.equal(await reasonOf('pause', 'operator.suspend'), 'because of Suspend');
});

test('cancel and compensate tell what they would undo before they do it', async () => {
  for (const verb of ['Cancel', 'Compensate']) {
    const id = verb.toLowerCase();
    await skald.submit('travel/trip', id);
    await begin(`/sagas/${id}`);
    await order(verb, async (dialog) => {
      await dialog.getByText('hotel.cancel').waitFor();
      assert.equal((await skald.show(id)).status, 'running', 'nothing has been done yet');
    });
    await status('cancelled');
    assert.equal(await reasonOf(id, `operator.${id}`), `because of ${verb}`);
    assertClean(page);
    await context.close();
  }
});

test('a saga is terminated', async () => {
  await skald.submit('travel/trip', 'end');
  await begin('/sagas/end');
  await order('Terminate');
  await status('terminated');
});

test('a stuck saga is retried, skipped and resolved', async () => {
  for (const id of ['retried', 'skipped', 'resolved']) {
    await skald.submit('test/broken', id, { cart: 'c' });
    await skald.becomes(id, 'stuck');
  }
  await begin('/sagas/retried');
  const before = (await skald.show('retried')).events;
  await order('Retry');
  await until('it was tried again', async () => (await skald.show('retried')).events > before + 1);
  await page.goto(skald.url + '/sagas/skipped');
  await order('Skip');
  await status('failed');
  await page.goto(skald.url + '/sagas/resolved');
  await order('Resolve', async (dialog) => {
    await dialog.getByLabel('Output').fill('{"by":');
    await dialog.getByLabel('Reason').fill('x');
    assert.ok(await dialog.getByRole('button', { name: 'Resolve', exact: true }).isDisabled(), 'that is no JSON');
    await dialog.getByLabel('Output').fill('{"by": "hand"}');
  });
  await status('compensated');
  const history = (await skald.get('/v1/sagas/resolved/history')).items;
  assert.deepEqual(history.find((event) => event.type === 'compensation.resolved').output, { by: 'hand' });
});

test('an order that was given on what is no longer so is refused, and says so', async () => {
  await skald.submit('test/broken', 'moved', { cart: 'c' });
  await skald.becomes('moved', 'stuck');
  context = await chrome.newContext();
  page = await open(context, skald, '/sagas/moved', { allow: /409/ });
  await page.getByRole('button', { name: 'Skip…' }).first().click();
  await skald.send('POST', '/v1/sagas/moved/retry', { reason: 'somebody else' });
  await skald.becomes('moved', 'stuck');
  await page.getByRole('dialog').getByLabel('Reason').fill('late');
  await page.getByRole('dialog').getByRole('button', { name: 'Skip', exact: true }).click();
  await page.getByRole('alert').getByText('moved').first().waitFor();
});

test('commands of the explanation can be copied, and given here where the console can', async () => {
  await skald.submit('test/broken', 'helped', { cart: 'c' });
  await skald.becomes('helped', 'stuck');
  await begin('/sagas/helped');
  const { commands } = await skald.get('/v1/sagas/helped/explain');
  assert.ok(commands.length > 0);
  await page.getByRole('heading', { name: 'Still to be undone' }).waitFor();
  await page.getByRole('button', { name: 'Copy the command' }).first().click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), commands[0].command);
  const verb = commands.map((each) => each.command.split(' ')[1]).find((each) => ['retry', 'skip', 'resolve'].includes(each));
  assert.ok(verb);
  await page.locator('.commands').getByRole('button', { name: new RegExp(`^${verb}`, 'i') }).first().click();
  await page.getByRole('dialog').getByLabel('Step').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('a page that the browser gives no clipboard copies all the same, or says that it could not', async () => {
  context = await chrome.newContext();
  await context.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
  page = await open(context, skald, '/sagas/order-1?tab=events');
  const copy = page.getByRole('button', { name: 'Copy the id' });
  // What is told goes away again: waited for from before.
  const clickTells = (text) => Promise.all([copy.getByText(text, { exact: true }).waitFor(), copy.click()]);
  await clickTells('copied');
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Copy the id');
  await page.getByRole('searchbox').focus();
  await page.keyboard.press('Control+V');
  await until('it was copied', async () => (await page.getByRole('searchbox').inputValue()) === 'order-1');
  await page.evaluate(() => (document.execCommand = () => false));
  await clickTells('not copied');
});

test('a saga and the one it runs lead to each other', async () => {
  await skald.submit('test/parent', 'parent');
  await begin('/sagas/parent');
  await page.locator('.facts a.child').click();
  await page.getByText('Run by').waitFor();
  await page.locator('.facts').getByText('travel/trip@1.0.0').waitFor();
  const parent = (await skald.show('parent')).run;
  await page.getByRole('link', { name: parent }).click();
  await page.locator('.facts').getByText('test/parent@1.0.0').waitFor();
});

test('a moment that there is not is a problem on every tab, and nothing is drawn as if it had not begun', async () => {
  context = await chrome.newContext();
  page = await open(context, skald, '/sagas/order-1?at=9999', { allow: /400/ });
  for (const name of ['graph', 'timeline', 'events', 'data']) {
    await page.getByRole('tab', { name }).click();
    await page.getByRole('alert').getByText('no-such-event').waitFor();
  }
  await page.getByRole('tab', { name: 'graph' }).click();
  await card('/do/0/contents').waitFor();
  assert.equal(await page.locator('.look-untouched').count(), 0);
});

test('a saga that is not there is a problem with its code', async () => {
  context = await chrome.newContext();
  page = await open(context, skald, '/sagas/nobody', { allow: /404/ });
  await page.getByRole('alert').getByText('unknown-saga').waitFor();
});
