// What needs somebody's attention comes first; pure.

import type { TaskType } from '../api/types';

export function openBreakers(type: TaskType): string[] {
  return type.workers.flatMap((worker) =>
    Object.entries(worker.breakers)
      .filter(([, state]) => state !== 'closed')
      .map(([name]) => name),
  );
}

function urgency(type: TaskType): number {
  if (type.workers.length === 0) return type.waiting > 0 ? 0 : 1;
  if (openBreakers(type).length > 0) return 2;
  return 3;
}

export function sorted(types: TaskType[]): TaskType[] {
  return [...types].sort((a, b) => urgency(a) - urgency(b) || b.waiting - a.waiting || a.task.localeCompare(b.task));
}
