// What a saga listens for: how it is shown, and the signals that are sent to it.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { tooFaint } from './contrast.mjs';
import { assertClean, browser, open, Skald, TRIP, until } from './support.mjs';

const ORDER = `
document: { dsl: '1.0.3', namespace: shop, name: order, version: '1.0.0' }
do:
  - begun: { set: { begun: true } }
  - paid:
      listen: { to: { one: { with: { type: order.paid, subject: '\${ $workflow.id }' } } } }
      timeout: { after: { days: 3 } }
  - sent:
      listen:
        to:
          all:
            - { with: { type: order.packed } }
            - { with: { type: order.fetched } }
  - known: { listen: { to: { one: { with: { type: news, subject: everybody } } } } }
`;

let skald, chrome, context, page;

before(async () => {
  skald = await new Skald().ready();
  chrome = await browser();
  await skald.deploy(ORDER);
  await skald.deploy(TRIP);
});
after(async () => {
  await chrome?.close();
  await skald?.stop();
});
const begin = async (path, options = {}, more = {}) => {
  context = await chrome.newContext({ viewport: { width: 1440, height: 1000 }, ...options });
  page = await open(context, skald, path, more);
};
afterEach(async () => {
  if (page) assertClean(page);
  await context?.close();
  page = undefined;
});

const card = (step) => page.locator(`[data-step="${step}"]`);
const says = (locator, text) => until(`it says ${text}`, async () => (await locator.textContent()).includes(text));
const history = async (id) => (await skald.get(`/v1/sagas/${id}/history`)).items;
const signal = (id, name, data) => skald.send('POST', `/v1/sagas/${id}/signal`, { name, data });
const awaits = (id, step) =>
  until(`${id} listens at ${step}`, async () => (await skald.get(`/v1/sagas/${id}/state`)).open.some((task) => task.step === step && task.phase === 'listening'));
const ordered = async (id) => {
  await skald.submit('shop/order', id);
  await awaits(id, '/do/1/paid');
};
const signalButton = () => page.getByRole('group', { name: 'Actions' }).getByRole('button', { name: 'Signal…' });
const dialog = () => page.getByRole('dialog');
const send = () => dialog().getByRole('button', { name: 'Signal', exact: true });
const gone = () => dialog().waitFor({ state: 'detached' });
// Those that a list offers, by what it says of them.
const offered = () => dialog().getByLabel('Signal').evaluate((select) => [...select.children].map((part) => (part.tagName === 'OPTGROUP' ? [part.label, ...[...part.children].map((each) => each.text)] : part.text)));

test('a signal is sent with data and a reason, by the keyboard alone', async () => {
  await ordered('keys');
  await begin('/sagas/keys');
  await signalButton().focus();
  await page.keyboard.press('Enter');
  await until('the choice has the focus', async () => page.evaluate(() => document.activeElement.tagName === 'SELECT'));
  await until('it has what is awaited first', async () => (await dialog().getByLabel('Signal').inputValue()) === 'order.paid');
  await page.keyboard.press('Tab');
  await page.keyboard.type('{"cents": 12}');
  await page.keyboard.press('Tab');
  await page.keyboard.type('the bank phoned');
  await page.keyboard.press('Enter');
  await gone();
  await until('the focus is where it was', async () => page.evaluate(() => document.activeElement.textContent === 'Signal…'));
  await says(card('/do/2/sent'), 'listening');
  const received = (await history('keys')).find((event) => event.type === 'event.received');
  assert.deepEqual([received.event.type, received.event.data, received.reason], ['order.paid', { cents: 12 }, 'the bank phoned']);
});

test('what is awaited now is offered first, then what its workflow listens for, then any name', async () => {
  await ordered('offer');
  await signal('offer', 'order.paid');
  await signal('offer', 'order.fetched');
  await begin('/sagas/offer');
  await signalButton().click();
  await until('the state is there', async () => (await offered()).length === 3);
  assert.deepEqual(await offered(), [
    ['It listens for these now', 'order.packed'],
    ['Its workflow listens for these', 'order.paid', 'order.fetched', 'news'],
    'another name…',
  ]);
  await page.keyboard.press('Escape');
  await gone();
  assert.equal((await history('offer')).filter((event) => event.type === 'event.received').length, 2, 'nothing was sent');
});

test('only a saga that goes on, of a workflow that listens, can be sent one', async () => {
  await ordered('ended');
  await skald.send('POST', '/v1/sagas/ended/terminate', { reason: 'a test' });
  await skald.submit('travel/trip', 'deaf');
  await begin('/sagas/deaf');
  await card('/do/0/hotel').waitFor();
  assert.equal(await signalButton().count(), 0);
  await page.goto(skald.url + '/sagas/ended');
  await card('/do/1/paid').waitFor();
  assert.equal(await signalButton().count(), 0);
});

test('data that is no JSON is told of as it is typed, and not sent', async () => {
  await ordered('typed');
  await begin('/sagas/typed');
  await signalButton().click();
  await until('it can be sent without any', () => send().isEnabled());
  const data = dialog().getByLabel('Data');
  await data.fill('{"cents": ');
  await dialog().getByText(/JSON/).last().waitFor();
  assert.equal(await data.getAttribute('aria-invalid'), 'true');
  assert.match(await dialog().locator('.field-error').textContent(), /JSON/);
  assert.ok(await send().isDisabled());
  await data.fill('12');
  await until('it is right now', () => send().isEnabled());
  assert.equal(await dialog().locator('.field-error').textContent(), '');
  await send().click();
  await gone();
  const received = (await history('typed')).find((event) => event.type === 'event.received');
  assert.equal(received.event.data, 12);
  assert.equal(received.reason, undefined);
});

test('a name that nothing listens for is refused, as the engine says it, and another can be sent then', async () => {
  await ordered('refused');
  await begin('/sagas/refused', {}, { allow: /409/ });
  await signalButton().click();
  await until('the state is there', async () => (await offered()).length === 3);
  await dialog().getByLabel('Signal').selectOption({ label: 'another name…' });
  assert.ok(await send().isDisabled(), 'it has no name');
  await dialog().getByRole('textbox', { name: 'Name' }).fill('order.lost');
  await send().click();
  await page.getByRole('alert').getByText('not-awaited').waitFor();
  await dialog().getByRole('textbox', { name: 'Name' }).fill('order.paid');
  await send().click();
  await gone();
  await awaits('refused', '/do/2/sent');
});

test('a signal whose answer was lost is sent again as it was, and counts once', async () => {
  await ordered('lost');
  await begin('/sagas/lost', {}, { allow: /ERR_FAILED/ });
  const ids = [];
  await page.route('**/v1/sagas/lost/signal', async (route) => {
    ids.push(route.request().postDataJSON().id);
    if (ids.length > 1) return route.continue();
    await route.fetch();
    await route.abort();
  });
  await signalButton().click();
  await dialog().getByLabel('Data').fill('1');
  await until('it can be sent', () => send().isEnabled());
  await send().click();
  await page.getByRole('alert').getByText('Sending it again does no harm.').waitFor();
  assert.ok(await dialog().getByLabel('Data').evaluate((field) => field.readOnly), 'under its id, nothing else can be sent');
  await dialog().getByRole('button', { name: 'Send again' }).click();
  await gone();
  assert.equal(ids.length, 2);
  assert.equal(ids[0], ids[1]);
  assert.equal((await history('lost')).filter((event) => event.type === 'event.received').length, 1);
  await signalButton().click();
  await until('it can be sent', () => send().isEnabled());
  await send().click();
  await gone();
  assert.notEqual(ids[2], ids[0], 'the next one is another');
});

test('that a signal will not be taken, because another subject is meant, is said', async () => {
  await ordered('subject');
  for (const name of ['order.paid', 'order.packed', 'order.fetched']) await signal('subject', name);
  await awaits('subject', '/do/3/known');
  await begin('/sagas/subject');
  await signalButton().click();
  await dialog().getByText('It listens for news about everybody.').waitFor();
  await dialog().getByLabel('Signal').selectOption('order.paid');
  await dialog().getByText('It listens for news about everybody.').waitFor({ state: 'detached' });
});

test('the command that the explanation gives opens the dialog with its signal', async () => {
  await ordered('told');
  await begin('/sagas/told');
  await page.locator('.commands').getByRole('button', { name: 'Signal…' }).first().click();
  await until('it is chosen', async () => (await dialog().getByLabel('Signal').inputValue()) === 'order.paid');
  await send().click();
  await gone();
  await page.locator('.commands li', { hasText: 'order.fetched' }).getByRole('button', { name: 'Signal…' }).click();
  await until('it is chosen', async () => (await dialog().getByLabel('Signal').inputValue()) === 'order.fetched');
});

test('the graph shows what is listened for, and the slider what it was before', async () => {
  await ordered('drawn');
  await begin('/sagas/drawn');
  await says(card('/do/1/paid'), 'order.paid about drawn');
  await says(card('/do/1/paid'), 'listening');
  await says(card('/do/2/sent'), 'listen order.packed, order.fetched');
  await signal('drawn', 'order.paid');
  await signal('drawn', 'order.fetched');
  await says(card('/do/1/paid'), 'passed');
  await says(card('/do/2/sent'), 'order.packed');
  await until('what has come is awaited no more', async () => !(await card('/do/2/sent').textContent()).includes('order.fetched'));
  await card('/do/2/sent').click();
  const panel = page.getByRole('complementary', { name: 'Step /do/2/sent' });
  await panel.getByText('listening since').waitFor();
  await panel.getByText('order.packed, order.fetched (has come)').waitFor();
  const first = (await history('drawn')).find((event) => event.type === 'event.awaited').seq;
  await page.goto(`${skald.url}/sagas/drawn?at=${first}`);
  await says(card('/do/1/paid'), 'listening');
  assert.equal(await card('/do/2/sent').locator('.card-state').count(), 0);
});

test('a workflow shows what its tasks listen for, and its failures', async () => {
  await begin('/workflows/shop/order');
  await says(card('/do/1/paid'), 'listen order.paid');
  await page.getByRole('tab', { name: 'failures' }).click();
  await page.getByRole('cell', { name: 'paid', exact: true }).waitFor();
  await page.getByRole('cell', { name: 'time limit of paid' }).waitFor();
});

test('the timeline has what came as moments', async () => {
  await ordered('moments');
  await signal('moments', 'order.paid');
  await begin('/sagas/moments?tab=timeline');
  const row = page.getByRole('treegrid', { name: 'Timeline' }).getByRole('row').filter({ hasText: 'event order.paid' });
  const bar = await row.locator('.bar').boundingBox();
  assert.equal(bar.width, 10);
  assert.equal(bar.height, 10);
  await row.locator('.bar').click();
  const received = (await history('moments')).find((event) => event.type === 'event.received').seq;
  await until('its moment is looked at', () => page.url().includes(`at=${received}`));
});

test('events tell what was awaited, what came, and what was taken', async () => {
  await ordered('line');
  await signal('line', 'order.packed', { box: 3 });
  await signal('line', 'order.paid', { cents: 5 });
  await begin('/sagas/line?tab=events');
  const events = await history('line');
  const row = async (type, nth = 0) => {
    const { seq } = events.filter((event) => event.type === type)[nth];
    return page.locator(`.event[data-seq="${seq}"] .event-data`).textContent();
  };
  await page.getByText(`${events.length} events`).waitFor();
  assert.equal(await row('event.awaited'), 'order.paid about line');
  assert.equal(await row('event.awaited', 1), 'order.packed, order.fetched');
  assert.equal(await row('event.received'), 'order.packed about line {"box":3}');
  const [packed, paid] = events.filter((event) => event.type === 'event.received').map((event) => event.seq);
  assert.equal(await row('event.matched'), `order.paid about line, of event ${paid}`);
  assert.equal(await row('event.matched', 1), `order.packed about line, of event ${packed}; it listens on`);
});

test('the data of a moment has what was awaited, and the signals that nothing had taken', async () => {
  await ordered('mail');
  await signal('mail', 'order.packed', { box: 3 });
  const early = (await history('mail')).find((event) => event.type === 'event.received').seq;
  await signal('mail', 'order.paid');
  await awaits('mail', '/do/2/sent');
  await begin(`/sagas/mail?tab=data&at=${early}`);
  const [mail, awaited] = ['Mail', 'Awaited'].map((name) => page.getByRole('region', { name, exact: true }));
  await mail.getByText('order.packed').waitFor();
  await mail.locator('.json-row', { hasText: 'box' }).waitFor();
  await awaited.getByText('order.paid about mail').waitFor();
  await page.keyboard.press('0');
  await awaited.getByText('has come').waitFor();
  assert.equal(await mail.count(), 0);
});

for (const colorScheme of ['light', 'dark']) {
  test(`all of it is legible in the ${colorScheme} theme`, async () => {
    const id = `legible-${colorScheme}`;
    await ordered(id);
    await signal(id, 'order.packed', { box: 3 });
    await begin(`/sagas/${id}`, { colorScheme });
    await says(card('/do/1/paid'), 'listening');
    const check = async (what) => assert.deepEqual(await page.evaluate(tooFaint), [], `${what}, ${colorScheme}`);
    await check('graph');
    await card('/do/1/paid').click();
    await page.getByRole('complementary').getByText('listening since').waitFor();
    await check('panel');
    for (const [tab, there] of [['timeline', '.kind-event'], ['events', '.tone-event'], ['data', 'section[aria-label=Mail]']]) {
      await page.getByRole('tab', { name: tab }).click();
      await page.locator(there).first().waitFor();
      await check(tab);
    }
    await signalButton().click();
    await until('it can be sent', () => send().isEnabled());
    await dialog().getByLabel('Data').fill('{');
    await dialog().locator('.field-error').getByText('JSON').waitFor();
    await check('dialog');
  });
}
