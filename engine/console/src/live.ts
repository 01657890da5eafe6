// The one stream of changes that all views share: browsers open six connections to a host, over all tabs. A tab that
// nobody sees lets its connection go, and fetches anew when it is looked at again.

import { signal } from '@preact/signals';
import { follow, type Connection } from './api/stream';
import type { Overview, Saga } from './api/types';

export const connection = signal<Connection>('connecting');
export const overview = signal<Overview | null>(null);
// Started and ended sagas a second, over the last few seconds.
export const rates = signal<{ started: number; ended: number } | null>(null);

export interface Change {
  items: Saga[];
  // Runs that are no more.
  gone?: string[];
  // Others changed as well: whoever shows a list has it sent again.
  more: boolean;
}

const listeners = new Set<(change: Change) => void>();
const RATE_OVER = 5;
let past: Overview[] = [];
let end: (() => void) | null = null;

// Whoever listens is told `more` at every connection as well: what happened before it, the stream has not seen.
export function onChange(listener: (change: Change) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(change: Change) {
  for (const listener of [...listeners]) listener(change);
}

function see(now: Overview) {
  const first = past[0];
  past = [...past.slice(-RATE_OVER), now];
  overview.value = now;
  if (!first) return;
  const seconds = (Date.parse(now.at) - Date.parse(first.at)) / 1000;
  if (seconds <= 0 || now.totals.started < first.totals.started) {
    past = [now]; // another engine than before
    return;
  }
  rates.value = {
    started: (now.totals.started - first.totals.started) / seconds,
    ended: (now.totals.ended - first.totals.ended) / seconds,
  };
}

function start() {
  end?.();
  past = [];
  end = follow(
    '/v1/stream',
    ({ event, data }) => {
      if (event === 'sagas') tell(JSON.parse(data) as Change);
      if (event === 'overview') see(JSON.parse(data) as Overview);
    },
    (state) => {
      connection.value = state;
      if (state === 'open') tell({ items: [], more: true });
    },
  );
}

export function startLive() {
  if (!document.hidden) start();
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      end?.();
      end = null;
    } else if (!end) {
      start();
    }
  });
}
