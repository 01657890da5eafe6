// What can be ordered of which saga, in words; pure but for the requests at the end.

import { post, sagaPath } from './api/client';
import type { Json, Saga, SagaState, ShownSaga, Verb } from './api/types';

export interface VerbWords {
  label: string;
  what: string;
  // Of sagas with these statuses; the engine has the last word.
  actsOn: string[];
  undoes?: boolean;
  withStep?: boolean;
  danger?: boolean;
}

export const WORDS: Record<Verb, VerbWords> = {
  signal: { label: 'Signal', what: 'An event for this saga alone. Where nothing listens for it now, it is kept until a task does.', actsOn: ['running', 'compensating', 'suspended', 'stuck'] },
  suspend: { label: 'Suspend', what: 'Nothing more is started until it is resumed; what is in flight is answered.', actsOn: ['running', 'compensating', 'stuck'] },
  resume: { label: 'Resume', what: 'It goes on where it stood.', actsOn: ['suspended'] },
  cancel: { label: 'Cancel', what: 'It ends early, and what it did is undone.', actsOn: ['running', 'suspended', 'stuck'], undoes: true, danger: true },
  compensate: { label: 'Compensate', what: 'What it did is undone, and it ends as cancelled.', actsOn: ['running', 'suspended', 'stuck'], undoes: true, danger: true },
  terminate: { label: 'Terminate', what: 'It ends at once, and nothing is undone.', actsOn: ['running', 'compensating', 'suspended', 'stuck'], danger: true },
  retry: { label: 'Retry', what: 'A stuck step is tried again now; a wait for a retry is cut short.', actsOn: ['stuck', 'running', 'compensating'], withStep: true },
  skip: { label: 'Skip', what: 'The stuck step is given up, and the saga goes on without it.', actsOn: ['stuck', 'running', 'compensating'], withStep: true, danger: true },
  resolve: { label: 'Resolve', what: 'The stuck step is marked as done by hand, with the output that you give.', actsOn: ['stuck', 'running', 'compensating'], withStep: true },
};

export const BULK_VERBS: Verb[] = ['suspend', 'resume', 'retry', 'skip', 'cancel', 'compensate', 'terminate'];

// The steps that wait for their next attempt. What waits because the workflow says so is no step, and has not failed.
function waiting(saga: Saga): string[] {
  return saga.pending.filter((step) => step.next_retry_at !== null && (step.task !== '' || step.last_error !== null)).map((step) => step.step);
}

// The steps that retry, skip and resolve can be about: those that are stuck, then those that wait for their next attempt.
// An attempt in flight is none of them.
export function standing(saga: Saga, state: SagaState | null): string[] {
  const stuck = (state?.open ?? []).filter((task) => task.stuck_on).map((task) => task.step);
  return [...new Set([...stuck, ...waiting(saga)])];
}

// Why the verb would do nothing; null where it may.
export function refusal(verb: Verb, saga: Saga): string | null {
  const words = WORDS[verb];
  if (!words.actsOn.includes(saga.status)) return `it is ${saga.status}`;
  if (words.withStep && saga.status !== 'stuck' && waiting(saga).length === 0) return 'no step of it stands still';
  return null;
}

export interface Order {
  reason: string;
  step?: string;
  output?: Json;
  seen?: number;
}

export function order(id: string, verb: Verb, what: Order): Promise<Saga> {
  const body: Record<string, Json> = { reason: what.reason };
  if (what.step) body.step = what.step;
  if (what.output !== undefined) body.output = what.output;
  if (what.seen !== undefined) body.seen = what.seen;
  return post<Saga>(`${sagaPath(id)}/${verb}`, body);
}

export interface Signal {
  name: string;
  // Its own: what is sent again under it changes nothing.
  id: string;
  data?: Json;
  reason?: string;
}

export function sendSignal(saga: string, { name, id, data, reason }: Signal): Promise<Saga> {
  const body: Record<string, Json> = { name, id };
  if (data !== undefined) body.data = data;
  if (reason) body.reason = reason;
  return post<Saga>(`${sagaPath(saga)}/signal`, body);
}

// Of cancel and compensate: what would be undone, or the refusal as a Problem. Nothing is changed.
export function rehearse(id: string, verb: Verb): Promise<ShownSaga> {
  return post<ShownSaga>(`${sagaPath(id)}/${verb}`, { dry_run: true });
}

// Runs `job` for each, a few at a time, until all are done or it is stopped.
export async function forEach<T>(items: T[], atOnce: number, stopped: () => boolean, job: (item: T) => Promise<void>) {
  let next = 0;
  const worker = async () => {
    while (next < items.length && !stopped()) await job(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
