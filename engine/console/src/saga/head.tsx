// Who this saga is, and what can be done with it.

import { sagaHref, workflowHref } from '../router';
import { hasEnded, VERBS, type SagaEvent, type ShownSaga, type Verb } from '../api/types';
import { refusal, WORDS } from '../operate';
import { Ago, Copy, Status, Took } from '../ui/basics';
import { Icon } from '../ui/icons';
import { childrenOf } from './family';

interface Props {
  saga: ShownSaga;
  events: SagaEvent[];
  // Whether its workflow listens for anything.
  listens: boolean;
  onOrder: (verb: Verb) => void;
}

const MOST_CHILDREN = 6;

export function SagaHead({ saga, events, listens, onOrder }: Props) {
  const first = events[0];
  const children = childrenOf(events);
  const parent = typeof first?.parent_run === 'string' && first.parent_run ? first.parent_run : null;
  return (
    <header class="saga-head">
      <div class="title-line">
        <a class="icon" href="/sagas" aria-label="All sagas">
          <Icon name="left" />
        </a>
        <h1>{saga.id}</h1>
        <Copy text={saga.id} label="Copy the id" />
        <Status status={saga.status} />
        <span class="spread" />
        <div class="actions" role="group" aria-label="Actions">
          {VERBS.map((verb) => {
            if (verb === 'signal' && !listens) return null;
            const why = refusal(verb, saga);
            // What would only be refused has no button, apart from those one looks for on every saga that goes on.
            if (why && (hasEnded(saga.status) || !['cancel', 'terminate', 'suspend'].includes(verb))) return null;
            return (
              <button key={verb} type="button" class={WORDS[verb].danger ? 'danger' : ''} disabled={why !== null} title={why ?? WORDS[verb].what} onClick={() => onOrder(verb)}>
                {WORDS[verb].label}…
              </button>
            );
          })}
        </div>
      </div>
      <dl class="facts">
        <div>
          <dt>Workflow</dt>
          <dd>
            <a href={workflowHref(saga.workflow, saga.version)}>
              {saga.workflow}@{saga.version}
            </a>
          </dd>
        </div>
        <div>
          <dt>Started</dt>
          <dd>
            <Ago time={saga.started_at} />
          </dd>
        </div>
        <div>
          <dt>{saga.ended_at ? 'Took' : 'For'}</dt>
          <dd>
            <Took from={saga.started_at} to={saga.ended_at} />
          </dd>
        </div>
        <div>
          <dt>Events</dt>
          <dd>{saga.events}</dd>
        </div>
        {saga.compensation.done + saga.compensation.pending + saga.compensation.stuck + saga.compensation.skipped > 0 && (
          <div>
            <dt>Undos</dt>
            <dd>
              {Object.entries(saga.compensation)
                .filter(([, n]) => n > 0)
                .map(([name, n]) => `${n} ${name}`)
                .join(', ')}
            </dd>
          </div>
        )}
        {saga.left_behind.length > 0 && (
          <div class="warn">
            <dt>Left behind</dt>
            <dd>{saga.left_behind.join(', ')}</dd>
          </div>
        )}
        {parent && (
          <div>
            <dt>Run by</dt>
            <dd>
              <a href={sagaHref(parent)}>{parent}</a>
            </dd>
          </div>
        )}
        {children.length > 0 && (
          <div>
            <dt>Runs</dt>
            <dd>
              {children.slice(-MOST_CHILDREN).map((child) => (
                <a key={child} class="child" href={sagaHref(child)}>
                  {child}
                </a>
              ))}
              {children.length > MOST_CHILDREN && ` and ${children.length - MOST_CHILDREN} before`}
            </dd>
          </div>
        )}
        <div>
          <dt>Run</dt>
          <dd class="mono">{saga.run}</dd>
        </div>
        {Object.entries(saga.labels).map(([name, value]) => (
          <div key={name}>
            <dt class="hidden">Label</dt>
            <dd>
              <a class="label" href={`/sagas?label=${encodeURIComponent(`${name}=${value}`)}`}>
                {name}={value}
              </a>
            </dd>
          </div>
        ))}
      </dl>
    </header>
  );
}
