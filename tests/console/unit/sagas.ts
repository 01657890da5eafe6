// Sagas as the lists show them, for the tests: the higher the number, the later it began.

import type { Saga } from 'console/api/types';

export const NOW = Date.parse('2026-06-01T12:00:00.000Z');

export function saga(n: number, more: Partial<Saga> = {}): Saga {
  return {
    id: `saga-${n}`, run: `0000-${String(n).padStart(5, '0')}`, workflow: 'a/b', version: '1.0.0', status: 'running',
    started_at: new Date(NOW - 60_000 + n).toISOString(), ended_at: null, error: null, labels: {}, events: 2, pending: [],
    compensation: { done: 0, pending: 0, stuck: 0, skipped: 0 }, left_behind: [], ...more,
  };
}
export const down = (...numbers: number[]) => numbers.map((n) => saga(n));
export const ids = (rows: Saga[]) => rows.map((row) => row.id.slice(5)).join();
