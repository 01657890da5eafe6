// What the engine's HTTP interface answers: engine/api/openapi.json describes it.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export const STATUSES = [
  'running',
  'compensating',
  'stuck',
  'suspended',
  'completed',
  'compensated',
  'failed',
  'cancelled',
  'terminated',
] as const;
export type Status = (typeof STATUSES)[number];

export function hasEnded(status: string): boolean {
  return !['running', 'compensating', 'stuck', 'suspended'].includes(status);
}

// RFC 7807, as far as it is used; what steps fail with has the same shape.
export interface ProblemBody {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  instance?: string;
}

export interface PendingStep {
  step: string;
  task: string;
  attempt: number;
  since: string;
  next_retry_at: string | null;
  last_error: ProblemBody | null;
}

export interface Saga {
  id: string;
  run: string;
  workflow: string;
  version: string;
  status: Status;
  started_at: string;
  ended_at: string | null;
  error: ProblemBody | null;
  labels: Record<string, string>;
  events: number;
  pending: PendingStep[];
  compensation: { done: number; pending: number; stuck: number; skipped: number };
  left_behind: string[];
}

export interface PlannedUndo {
  step: string;
  visit: number;
  key: string;
  tasks: string[];
  certain: boolean;
}

export interface ShownSaga extends Saga {
  input: Json;
  output: Json;
  would_undo: PlannedUndo[];
  would_leave_behind: string[];
  undo_waits_for: string | null;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

// What comes from outside, as far as it is used.
export interface CloudEvent {
  type: string;
  subject?: string;
  data?: Json;
}

// What a listening task waits for, by filter.
export interface AwaitedEvent {
  type: string;
  subject?: string;
  came?: boolean; // of several that are all awaited
}

export interface SagaEvent {
  seq: number;
  at: string;
  type: string;
  step?: string;
  visit?: number;
  task?: string;
  attempt?: number;
  generation?: number;
  worker?: string;
  reason?: string;
  who?: string;
  error?: ProblemBody | null;
  taken?: string;
  event?: CloudEvent;
  awaits?: AwaitedEvent[];
  received?: number; // of event.matched: seq of its event.received
  [member: string]: unknown;
}

export interface Sentence {
  code: string;
  text: string;
  step?: string;
  since?: string;
  at?: string;
  seq?: number;
}

export interface Explanation {
  status: Status;
  summary: string;
  sentences: Sentence[];
  next: Sentence[];
  would_undo: PlannedUndo[];
  commands: { command: string; why: string }[];
}

export interface Span {
  kind: 'saga' | 'task' | 'step' | 'attempt' | 'wait' | 'undo' | 'undo_attempt' | 'timer' | 'operator' | 'event';
  name: string;
  step: string;
  visit?: number;
  task?: string;
  attempt?: number;
  start: string;
  end: string | null;
  outcome: string;
  error?: ProblemBody | null;
  worker?: string;
  seq: number;
  end_seq?: number;
  children: Span[];
}

export interface Trace {
  started_at: string;
  ended_at: string | null;
  spans: Span[];
}

export interface StepState {
  step: string;
  visit: number;
  key: string;
  task: string;
  phase: 'in_flight' | 'waiting' | 'closed';
  outcome: string | null; // of a closed one
  attempt: number;
  input: Json;
  output: Json;
  error: ProblemBody | null;
  may_have_effect: boolean;
  undo: 'none' | 'registered' | 'due' | 'running' | 'stuck' | 'done' | 'skipped' | 'resolved' | 'covered';
  undo_generation: number;
}

export interface OpenTask {
  step: string;
  visit: number;
  phase: string;
  since: string;
  due?: string | null;
  awaits?: AwaitedEvent[]; // while it listens
  // An error that nobody but an operator can get it past.
  stuck_on?: ProblemBody;
}

export interface SagaState {
  seq: number;
  of: number;
  at: string;
  event: SagaEvent;
  status: Status;
  context: Json;
  input: Json;
  output: Json;
  error: ProblemBody | null;
  cause?: string;
  pivot_done?: boolean;
  steps: StepState[];
  open: OpenTask[];
  mail?: { seq: number; event: CloudEvent }[]; // signals that no task has taken yet
}

export interface GraphTask {
  step: string;
  name: string;
  kind: string;
  task?: string;
  events?: { type: string }[]; // of a listen, by filter
  line: number;
  pivot: boolean;
  after_pivot: boolean;
  effect: boolean;
  condition?: string;
  then?: string;
  cases?: { name: string; when?: string; then: string }[];
  undo?: { step: string; tasks: string[]; children?: GraphTask[] };
  lists: { role: 'do' | 'branch' | 'try' | 'catch'; name?: string; tasks: GraphTask[] }[];
}

export interface Graph {
  workflow: string;
  version: string;
  pivot: string | null;
  tasks: GraphTask[];
}

export interface Definition {
  workflow: string;
  version: string;
  hash: string;
  deployed_at: string;
}

export interface Worker {
  name: string;
  concurrency: number;
  in_flight: number;
  seen: string;
  breakers: Record<string, string>;
}

export interface TaskType {
  task: string;
  workers: Worker[];
  waiting: number;
  oldest: string | null;
  unserved_since: string | null;
}

export interface Overview {
  at: string;
  sagas: Partial<Record<Status, number>>;
  totals: { started: number; ended: number; steps: number; commits: number; events: number };
  queues: { tasks_waiting: number; unacknowledged: number; live_sagas: number };
  ready: { log: boolean; broker: boolean; detail: string };
  workers: TaskType[];
  slowest: { task: string; count: number; mean_ms: number; max_ms: number }[];
  failures: { id: string; run: string; workflow: string; status: Status; at: string; error: ProblemBody | string | null }[];
}

// What an operator can order; `/v1/sagas/ID/<verb>`.
export const VERBS = ['signal', 'suspend', 'resume', 'cancel', 'compensate', 'terminate', 'retry', 'skip', 'resolve'] as const;
export type Verb = (typeof VERBS)[number];
