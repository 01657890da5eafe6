// The sagas that a saga runs; pure.

import type { SagaEvent } from '../api/types';

const LONGEST = 200;

// The id that the engine makes of a step's key (engine/core/children.cc); null where it has a hash in it.
export function childId(key: string, attempt: number): string | null {
  const whole = attempt > 1 ? `${key}:${attempt}` : key;
  return whole.length <= LONGEST && /^[A-Za-z0-9_:/-]+$/.test(whole) ? whole.replace(/\//g, '.') : null;
}

// All that were started, by their ids.
export function childrenOf(events: SagaEvent[]): string[] {
  const ids = new Set<string>();
  for (const event of events) {
    if (event.type !== 'step.scheduled' || typeof event.workflow !== 'string' || typeof event.key !== 'string') continue;
    const id = childId(event.key, event.attempt ?? 1);
    if (id) ids.add(id);
  }
  return [...ids];
}

// Of the events of one step: the child that it has run last.
export function childOf(events: SagaEvent[]): string | null {
  const ids = childrenOf(events);
  return ids[ids.length - 1] ?? null;
}
