// What needs somebody's attention comes first; pure.

import type { TaskType } from '../api/types';

const WORST = ['closed', 'half-open', 'open'];

// Each breaker as the worker sees it that has it worst.
export function breakers(type: TaskType): Map<string, string> {
  const states = new Map<string, string>();
  for (const worker of type.workers) {
    for (const [name, state] of Object.entries(worker.breakers)) {
      if (WORST.indexOf(state) >= WORST.indexOf(states.get(name) ?? '')) states.set(name, state);
    }
  }
  return states;
}

export function openBreakers(type: TaskType): string[] {
  return [...breakers(type)].filter(([, state]) => state !== 'closed').map(([name]) => name);
}

function urgency(type: TaskType): number {
  if (type.workers.length === 0) return type.waiting > 0 ? 0 : 1;
  if (openBreakers(type).length > 0) return 2;
  return 3;
}

export function sorted(types: TaskType[]): TaskType[] {
  return [...types].sort((a, b) => urgency(a) - urgency(b) || b.waiting - a.waiting || a.task.localeCompare(b.task));
}
