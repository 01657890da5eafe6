// The saga's data at the moment that is looked at, and what the last event has changed of it.

import { sagaPath } from '../api/client';
import type { Json, OpenTask, SagaState } from '../api/types';
import { aboutEvent, brief, isEmpty, stepName } from '../format';
import { Copy, ProblemBox, Status } from '../ui/basics';
import { JsonView } from '../ui/json';
import { useLoad } from '../ui/load';

interface Change {
  path: string;
  was?: Json;
  now?: Json;
}

export function DataView({ id, state, at }: { id: string; state: SagaState; at: number | null }) {
  const parts: [string, unknown][] = [
    ['Input', state.input],
    ['Context', state.context],
    ['Output', state.output],
    ['Error', state.error],
  ];
  return (
    <div class="data">
      <p class="data-status">
        <Status status={state.status} /> after event {state.seq}
        {at === null ? ', the latest' : ''} {state.cause && <span class="muted">undone because of: {state.cause}</span>}
      </p>
      <div class="data-parts">
        {parts.map(([name, value]) => (
          <section key={name} aria-label={name}>
            <h2>
              {name} {!isEmpty(value as Json) && <Copy text={JSON.stringify(value, null, 2)} label={`Copy the ${name.toLowerCase()}`} />}
            </h2>
            {isEmpty(value as Json) ? <p class="muted">nothing</p> : <JsonView value={value} />}
          </section>
        ))}
        <Awaited open={state.open} />
        {state.mail && <Mail mail={state.mail} />}
      </div>
      <Changes id={id} seq={state.seq} />
    </div>
  );
}

function Awaited({ open }: { open: OpenTask[] }) {
  const listening = open.filter((task) => task.awaits);
  if (listening.length === 0) return null;
  return (
    <section aria-label="Awaited">
      <h2>Awaited</h2>
      <ul>
        {listening.flatMap((task) =>
          task.awaits!.map((awaited, index) => (
            <li key={`${task.step} ${task.visit} ${index}`}>
              <code>{aboutEvent(awaited)}</code> <span class="muted">by {stepName(task.step)}</span>
              {awaited.came && ', has come'}
            </li>
          )),
        )}
      </ul>
    </section>
  );
}

// What came and was not taken yet.
function Mail({ mail }: { mail: NonNullable<SagaState['mail']> }) {
  return (
    <section aria-label="Mail">
      <h2>Signals that nothing has taken yet</h2>
      {mail.map(({ seq, event }) => (
        <div key={seq}>
          <code>{event.type}</code> <span class="muted">event {seq}</span>
          <JsonView value={event.data} />
        </div>
      ))}
    </section>
  );
}

function Changes({ id, seq }: { id: string; seq: number }) {
  const changes = useLoad<{ changes: Change[] }>(seq > 1 ? `${sagaPath(id)}/state?from=${seq - 1}&at=${seq}` : null);
  if (seq <= 1) return null;
  return (
    <section aria-label="Changes">
      <h2>What event {seq} changed</h2>
      {changes.error ? <ProblemBox error={changes.error} /> : null}
      {changes.data && (
        <table class="plain-table">
          <thead>
            <tr>
              <th>Where</th>
              <th>Was</th>
              <th>Now</th>
            </tr>
          </thead>
          <tbody>
            {changes.data.changes.map((change) => (
              <tr key={change.path}>
                <td>
                  <code>{change.path}</code>
                </td>
                <td class="was">{change.was === undefined ? '' : brief(change.was, 300)}</td>
                <td class="is">{change.now === undefined ? '' : brief(change.now, 300)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
