// Which signals a saga can be sent; pure.

import type { AwaitedEvent, Graph, GraphTask, SagaState } from '../api/types';

function typesIn(tasks: GraphTask[]): string[] {
  return tasks.flatMap((task) => [
    ...(task.events ?? []).map((event) => event.type),
    ...task.lists.flatMap((list) => typesIn(list.tasks)),
    ...typesIn(task.undo?.children ?? []),
  ]);
}

// The types that tasks of a workflow listen for, in the order of the document: the engine refuses all others.
export function listensFor(graph: Graph | null): string[] {
  return [...new Set(typesIn(graph?.tasks ?? []))];
}

// What is awaited at a moment, each type once. What is awaited about something else than the saga comes last: a signal is
// about the saga that it is sent to, and no such filter takes it.
export function awaitedNow(state: SagaState | null, saga: string): AwaitedEvent[] {
  const all = (state?.open ?? []).flatMap((task) => task.awaits ?? []).filter((awaited) => !awaited.came);
  const reached = all.filter((awaited) => isReached(awaited, saga));
  const byType = new Map<string, AwaitedEvent>();
  for (const awaited of [...reached, ...all]) if (!byType.has(awaited.type)) byType.set(awaited.type, awaited);
  return [...byType.values()];
}

export const isReached = (awaited: AwaitedEvent, saga: string) => awaited.subject === undefined || awaited.subject === saga;
