import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Graph, GraphTask, OpenTask, SagaState } from 'console/api/types';
import { awaitedNow, listensFor } from 'console/saga/signals';

const task = (name: string, more: Partial<GraphTask> = {}): GraphTask => ({
  step: `/do/${name}`, name, kind: 'call', line: 1, pivot: false, after_pivot: false, effect: true, lists: [], ...more,
});
const listen = (...types: string[]) => task('l', { kind: 'listen', events: types.map((type) => ({ type })) });
const graph = (...tasks: GraphTask[]): Graph => ({ workflow: 'a/b', version: '1.0.0', pivot: null, tasks });
const listening = (...awaits: OpenTask['awaits'] & object): OpenTask => ({ step: '/do/l', visit: 1, phase: 'listening', since: '', awaits });
const open = (...tasks: OpenTask[]) => ({ open: tasks }) as SagaState;

test('a workflow listens for what any task of it does, in branches and in undos too', () => {
  const fork = task('f', { kind: 'fork', lists: [{ role: 'branch', tasks: [listen('b', 'c')] }] });
  const undone = task('u', { undo: { step: '/u', tasks: [], children: [listen('d', 'a')] } });
  assert.deepEqual(listensFor(graph(listen('a'), fork, undone)), ['a', 'b', 'c', 'd']);
  assert.deepEqual(listensFor(graph(task('t'))), []);
  assert.deepEqual(listensFor(null), []);
});

test('what is awaited now is told once, without what has come, and what no signal reaches comes last', () => {
  const state = open(
    { ...listening(), phase: 'running', awaits: undefined },
    listening({ type: 'news', subject: 'everybody' }, { type: 'paid', subject: 'me' }),
    listening({ type: 'sent' }, { type: 'lost', came: true }, { type: 'paid' }),
  );
  assert.deepEqual(awaitedNow(state, 'me'), [{ type: 'paid', subject: 'me' }, { type: 'sent' }, { type: 'news', subject: 'everybody' }]);
  assert.deepEqual(awaitedNow(open(listening({ type: 'a', subject: 'x' }), listening({ type: 'a' })), 'me'), [{ type: 'a' }], 'one of them takes it');
  assert.deepEqual(awaitedNow(null, 'me'), []);
});
