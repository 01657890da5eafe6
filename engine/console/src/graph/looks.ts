// How each task looks at a moment of a saga; pure.

import { hasEnded, type AwaitedEvent, type SagaEvent, type SagaState, type StepState } from '../api/types';

export interface Look {
  // running, waiting, listening, stuck, open (something inside it runs), passed, or how it closed: completed, rejected, ...
  state: string;
  attempt: number;
  visits: number;
  undo: StepState['undo']; // of all visits
  awaits?: AwaitedEvent[]; // while it listens, without what has come
  step?: StepState;
}

const NOT_PASSED = ['step.scheduled', 'timer.started', 'event.awaited'];

// Whether a task has done what it is there for, of an event that names it.
function isPassed(event: SagaEvent): boolean {
  if (event.type === 'event.matched') return event.taken === 'end';
  return !NOT_PASSED.includes(event.type) && !/^(compensation|operator)\./.test(event.type);
}

// `events`: from the first on, in order; those behind the state's moment are passed over.
export function looksAt(state: SagaState, events: SagaEvent[]): Map<string, Look> {
  const looks = new Map<string, Look>();
  for (const event of events) {
    if (event.seq > state.seq) break;
    if (!event.step || !isPassed(event)) continue;
    if (!looks.has(event.step)) looks.set(event.step, { state: 'passed', attempt: 0, visits: event.visit ?? 1, undo: 'none' });
  }
  for (const step of state.steps) {
    const before = looks.get(step.step);
    const undo = worse(before?.undo ?? 'none', undoAt(state, step));
    if (before?.step && before.step.visit > step.visit) {
      before.undo = undo;
      continue;
    }
    looks.set(step.step, {
      state: step.phase === 'in_flight' ? 'running' : step.phase === 'waiting' ? 'waiting' : (step.outcome ?? 'open'),
      attempt: step.attempt,
      visits: step.visit,
      undo,
      step,
    });
  }
  for (const task of state.open) {
    const before = looks.get(task.step);
    if (before?.state === 'stuck' || (!task.stuck_on && before?.step && before.step.phase !== 'closed')) continue;
    const awaits = task.awaits?.filter((awaited) => !awaited.came);
    looks.set(task.step, { attempt: 0, undo: 'none', ...before, awaits, visits: task.visit, state: task.stuck_on ? 'stuck' : openState(task.phase) });
  }
  return looks;
}

// What is registered will run only where something can still make it.
function undoAt(state: SagaState, step: StepState): StepState['undo'] {
  const harmless = step.phase === 'closed' && !step.may_have_effect;
  const idle = hasEnded(state.status) || state.pivot_done || harmless;
  return step.undo === 'registered' && idle ? 'none' : step.undo;
}

// The visits of a step each have their own undo: what is shown is the one that wants most to be seen.
const UNDOS: StepState['undo'][] = ['stuck', 'running', 'due', 'registered', 'done', 'skipped', 'resolved', 'covered', 'none'];

export function worse(a: StepState['undo'], b: StepState['undo']): StepState['undo'] {
  return UNDOS.indexOf(a) < UNDOS.indexOf(b) ? a : b;
}

function openState(phase: string): string {
  return phase === 'waiting' || phase === 'listening' ? phase : 'open';
}

export const LOOK_WORDS: Record<string, string> = {
  running: 'in flight',
  waiting: 'waiting',
  open: 'open',
  passed: 'passed',
  timed_out: 'timed out',
};

export const UNDO_WORDS: Record<StepState['undo'], string> = {
  none: '',
  registered: 'ready',
  due: 'due',
  running: 'undoing',
  stuck: 'stuck',
  done: 'undone',
  skipped: 'skipped',
  resolved: 'resolved',
  covered: 'covered',
};
