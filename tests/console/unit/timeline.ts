import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Span, Trace } from 'console/api/types';
import { keyOf, ticks, timelineOf } from 'console/saga/spans';

const at = (ms: number) => new Date(ms).toISOString();
const span = (kind: Span['kind'], from: number, to: number | null, more: Partial<Span> = {}): Span => ({
  kind, name: kind, step: '/do/0/a', start: at(from), end: to === null ? null : at(to), outcome: to === null ? 'open' : 'completed', seq: from + 1, children: [], ...more,
});

test('spans stand where they were in time, children below their parents', () => {
  const step = span('step', 100, 300, { children: [span('attempt', 100, 150), span('wait', 150, 250), span('attempt', 250, 300)] });
  const trace: Trace = { started_at: at(0), ended_at: at(400), spans: [span('saga', 0, 400, { children: [step] })] };
  const { bars } = timelineOf(trace, 9_999, new Set());
  assert.deepEqual(bars.map((bar) => bar.depth), [0, 1, 2, 2, 2]);
  assert.deepEqual([bars[1]!.from, bars[1]!.to, bars[1]!.ms], [0.25, 0.75, 200]);
  const folded = timelineOf(trace, 9_999, new Set([keyOf(step)]));
  assert.deepEqual(folded.bars.map((bar) => bar.span.kind), ['saga', 'step']);
});

test('what is open reaches to now', () => {
  const trace: Trace = { started_at: at(0), ended_at: null, spans: [span('step', 500, null)] };
  const { bars, end } = timelineOf(trace, 1_000, new Set());
  assert.equal(end, 1_000);
  assert.deepEqual([bars[0]!.from, bars[0]!.to, bars[0]!.open], [0.5, 1, true]);
});

test('a step that was tried once is one row', () => {
  const step = span('step', 0, 10, { children: [span('attempt', 0, 10)] });
  const { bars } = timelineOf({ started_at: at(0), ended_at: at(10), spans: [step] }, 0, new Set());
  assert.deepEqual(bars.map((bar) => [bar.span.kind, bar.hasChildren]), [['step', false]]);
});

test('undos behind the end are still on the scale', () => {
  const { bars, end } = timelineOf({ started_at: at(0), ended_at: at(100), spans: [span('undo', 150, 200)] }, 0, new Set());
  assert.equal(end, 200);
  assert.equal(bars[0]!.to, 1);
});

test('ticks are round and few', () => {
  assert.deepEqual(ticks(469, 7), [0, 100, 200, 300, 400]);
  assert.deepEqual(ticks(0, 7), [0]);
  assert.ok(ticks(86_400_000 * 400, 7).length <= 8);
});
