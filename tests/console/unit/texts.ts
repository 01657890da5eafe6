import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SagaEvent } from 'console/api/types';
import { placeOf, withParameters } from 'console/address';
import { SseParser } from 'console/api/sse';
import { ago, brief, duration, errorText, stepName } from 'console/format';
import { actionOf } from 'console/saga/command';
import { matchesEvent } from 'console/saga/event_filter';
import { eventText, toneOf } from 'console/saga/event_text';
import { childId, childrenOf } from 'console/saga/family';

test('durations are short', () => {
  const texts = [0, 999, 1_000, 9_949, 12_345, 60_000, 200_000, 7_500_000, 90_000_000].map(duration);
  assert.deepEqual(texts, ['0ms', '999ms', '1.0s', '9.9s', '12s', '1m', '3m 20s', '2h 5m', '1d 1h']);
});

test('how long ago it was', () => {
  assert.equal(ago(new Date(0).toISOString(), 500), 'just now');
  assert.equal(ago(new Date(0).toISOString(), 4_200), '4s ago');
  assert.equal(ago(new Date(0).toISOString(), 3_700_000), '1h ago');
  assert.equal(ago(new Date(60_000).toISOString(), 0), 'in 1m');
});

test('steps are called by their names, errors by what they say', () => {
  assert.equal(stepName('/do/4/charge'), 'charge');
  assert.equal(stepName('/do/4/charge/compensate'), 'undo of charge');
  assert.equal(stepName('/do/1/par/fork/branches/0/hotel'), 'hotel');
  assert.equal(errorText({ title: 'Not found', detail: 'there is no cart' }), 'there is no cart');
  assert.equal(errorText({ type: 'urn:x' }), 'urn:x');
  assert.equal(errorText(null), '');
  assert.equal(brief('x'.repeat(20), 5), '"xxxx…');
});

test('events of a stream are put together from whatever pieces come', () => {
  const parser = new SseParser();
  const text = ': hello\n\nevent: sagas\ndata: {"a":\ndata: 1}\n\r\ndata: plain\n\nevent: empty\n\n';
  const found = [...text].flatMap((letter) => parser.push(letter));
  assert.deepEqual(found, [{ event: 'sagas', data: '{"a":\n1}' }, { event: 'message', data: 'plain' }]);
});

test('an end of line that is cut in two is one', () => {
  const parser = new SseParser();
  assert.deepEqual([...parser.push('data: a\r'), ...parser.push('\n\r'), ...parser.push('\n')], [{ event: 'message', data: 'a' }]);
});

test('commands that the console can give are recognised, others are only shown', () => {
  assert.deepEqual(actionOf('skald retry order-1 --step /do/4/charge --reason ...'), { verb: 'retry', step: '/do/4/charge' });
  assert.deepEqual(actionOf('skald resume order-1 --reason ...'), { verb: 'resume' });
  assert.deepEqual(actionOf('skald signal order-1 order.paid --data JSON'), { verb: 'signal', signal: 'order.paid' });
  assert.deepEqual(actionOf("skald signal order-1 'it'\\''s paid' --data JSON"), { verb: 'signal', signal: "it's paid" });
  assert.equal(actionOf('skald signal order-1'), null);
  assert.equal(actionOf('skald worker --config payments.yaml'), null);
  assert.equal(actionOf('rm -rf /'), null);
});

test('an address is taken apart, also where somebody has typed a per cent sign', () => {
  assert.deepEqual(placeOf('/sagas/a%20b?tab=data&at=3').parts, ['sagas', 'a b']);
  assert.equal(placeOf('/sagas/a?tab=data&at=3').query.get('at'), '3');
  assert.deepEqual(placeOf('/sagas/100%').parts, ['sagas', '100%']);
  assert.deepEqual(placeOf('/').parts, ['sagas']);
  assert.equal(withParameters('/sagas/a?tab=data&at=3', { at: null, step: '/do/0/x' }), '/sagas/a?tab=data&step=%2Fdo%2F0%2Fx');
});

test('every word of a filter stands in the event', () => {
  const event = { seq: 3, at: '', type: 'step.rejected', step: '/do/4/charge', hash: 'abcdef', error: { detail: 'Declined' } };
  assert.ok(matchesEvent(event, 'rejected CHARGE'));
  assert.ok(matchesEvent(event, 'declined'));
  assert.ok(!matchesEvent(event, 'rejected reserve'));
  assert.ok(!matchesEvent(event, 'abcdef'), 'hashes are not searched');
});

test('a child saga has the id that the engine makes of its step', () => {
  const run = '01a216ea-b8e9-700e-8a46-89e931aa4bca';
  assert.equal(childId(`${run}:/do/0/child:1`, 1), `${run}:.do.0.child:1`);
  assert.equal(childId(`${run}:/do/0/child:1`, 2), `${run}:.do.0.child:1:2`);
  assert.equal(childId(`${run}:/do/0/a.b:1`, 1), null, 'the engine adds a hash there');
  const event = { seq: 2, at: '', type: 'step.scheduled', workflow: 'travel/trip', key: `${run}:/do/0/child:1` };
  assert.deepEqual(childrenOf([event, { ...event, workflow: undefined }]), [`${run}:.do.0.child:1`]);
});

test('events from outside are told of by type and subject', () => {
  const events: SagaEvent[] = [
    { seq: 1, at: '', type: 'event.awaited', awaits: [{ type: 'paid', subject: 'o-1' }, { type: 'sent' }] },
    { seq: 2, at: '', type: 'event.received', event: { type: 'paid', subject: 'o-1', data: { cents: 1 } }, reason: 'by hand' },
    { seq: 3, at: '', type: 'event.matched', received: 2, taken: 'more' },
    { seq: 4, at: '', type: 'event.matched', received: 2, taken: 'end' },
    { seq: 5, at: '', type: 'event.emitted', event: { type: 'done' } },
    { seq: 6, at: '', type: 'branch.taken', taken: 'do' },
  ];
  assert.deepEqual(events.map((event) => eventText(event, events)), [
    'paid about o-1, sent',
    'paid about o-1 {"cents":1}',
    'paid about o-1, of event 2; it listens on',
    'paid about o-1, of event 2',
    'done',
    'taken "do"',
  ]);
  assert.deepEqual(events.map((event) => toneOf(event.type)), ['event', 'event', 'event', 'event', 'event', 'plain']);
});
