// One step of the graph: what it was given, what it answered, and its events.

import type { ComponentChildren } from 'preact';
import type { AwaitedEvent, Graph, GraphTask, OpenTask, SagaEvent, SagaState, StepState } from '../api/types';
import { aboutEvent } from '../format';
import { UNDO_WORDS, worse } from '../graph/looks';
import { sagaHref } from '../router';
import { Clock } from '../ui/basics';
import { Icon } from '../ui/icons';
import { JsonView } from '../ui/json';
import { childOf } from './family';

interface Props {
  step: string;
  state: SagaState | null;
  graph: Graph | null;
  events: SagaEvent[];
  onClose: () => void;
  onSeq: (seq: number) => void;
}

function find(tasks: GraphTask[], step: string): GraphTask | null {
  for (const task of tasks) {
    if (task.step === step) return task;
    for (const list of task.lists) {
      const inside = find(list.tasks, step);
      if (inside) return inside;
    }
  }
  return null;
}

const MOST_EVENTS = 200;

export function StepPanel({ step, state, graph, events, onClose, onSeq }: Props) {
  const task = graph && find(graph.tasks, step);
  const visits = (state?.steps ?? []).filter((each) => each.step === step).sort((a, b) => b.visit - a.visit);
  const latest = visits[0];
  const undo = visits.reduce<StepState['undo']>((worst, visit) => worse(worst, visit.undo), 'none');
  const undoOf = visits.length > 1 ? `, of visit ${visits.find((visit) => visit.undo === undo)!.visit}` : '';
  const own = events.filter((event) => event.step === step && event.seq <= (state?.seq ?? Infinity));
  const child = childOf(own);
  const waits = latest ? undefined : state?.open.find((task) => task.step === step && ['waiting', 'listening'].includes(task.phase));
  return (
    <aside class="step-panel" aria-label={`Step ${step}`}>
      <header>
        <h2>{task?.name ?? step}</h2>
        <button type="button" class="icon" aria-label="Close the step" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <dl class="facts column">
        <Fact name="Reference" value={step} />
        {task && <Fact name="Kind" value={`${kindOf(task)}, line ${task.line}`} />}
        {task?.condition && <Fact name="If" value={task.condition} />}
        {latest && <Fact name="State" value={`${latest.phase === 'closed' ? (latest.outcome ?? '') : latest.phase.replace('_', ' ')}, attempt ${latest.attempt}${latest.visit > 1 ? `, visit ${latest.visit}` : ''}`} />}
        {waits && <Fact name="State" value={<Waits task={waits} />} />}
        {waits?.awaits && <Fact name="Awaits" value={waits.awaits.map(awaitedText).join(', ')} />}
        {undo !== 'none' && <Fact name="Undo" value={`${task?.undo?.tasks.join(', ') ?? ''} ${UNDO_WORDS[undo]}${undoOf}`} />}
        {latest && <Fact name="Key" value={latest.key} />}
        {child && (
          <div>
            <dt>Runs</dt>
            <dd>
              <a href={sagaHref(child)}>{child}</a>
            </dd>
          </div>
        )}
      </dl>
      {!latest && !waits && <p class="muted">Not reached as a step{own.length > 0 ? '; its events are below' : ' at this moment'}.</p>}
      {latest && (
        <>
          {latest.error && <Part name="Error" value={latest.error} />}
          <Part name="Input" value={latest.input} />
          {latest.output !== null && <Part name="Output" value={latest.output} />}
        </>
      )}
      {own.length > 0 && (
        <>
          <h3>Events</h3>
          <ol class="step-events">
            {own.slice(-MOST_EVENTS).map((event) => (
              <li key={event.seq}>
                <button type="button" class="plain" onClick={() => onSeq(event.seq)}>
                  {event.seq} {event.type}
                </button>{' '}
                <span class="muted">
                  {event.attempt && event.attempt > 1 ? `attempt ${event.attempt} ` : ''}
                  <Clock time={event.at} ms />
                </span>
              </li>
            ))}
          </ol>
          {own.length > MOST_EVENTS && <p class="muted">The latest {MOST_EVENTS}; all of them are under events.</p>}
        </>
      )}
    </aside>
  );
}

function kindOf(task: GraphTask): string {
  return [task.kind, task.task ?? task.events?.map(aboutEvent).join(', ')].filter(Boolean).join(' ');
}

function Waits({ task }: { task: OpenTask }) {
  return (
    <>
      {task.phase} {task.due ? 'until' : 'since'} <Clock time={task.due ?? task.since} />
    </>
  );
}

const awaitedText = (awaited: AwaitedEvent) => aboutEvent(awaited) + (awaited.came ? ' (has come)' : '');

function Fact({ name, value }: { name: string; value: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Part({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <h3>{name}</h3>
      <JsonView value={value} />
    </>
  );
}
