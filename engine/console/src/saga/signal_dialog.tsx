// A signal for one saga: which, with which data, and why.

import { useState } from 'preact/hooks';
import { problemOf, sagaPath } from '../api/client';
import type { Graph, Saga, SagaState } from '../api/types';
import { aboutEvent } from '../format';
import { sendSignal, WORDS } from '../operate';
import { ProblemBox } from '../ui/basics';
import { Dialog } from '../ui/dialog';
import { JsonField, readJson, type ReadJson } from '../ui/json_field';
import { useLoad } from '../ui/load';
import { awaitedNow, isReached, listensFor } from './signals';

interface Props {
  saga: Saga;
  graph: Graph | null;
  // The name that was chosen before, where one was.
  name?: string;
  onClose: () => void;
  onDone: () => void;
}

const ANOTHER = ''; // in the list of names: the one that is typed

// Not crypto.randomUUID: browsers have that at https and at localhost only.
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function SignalDialog({ saga, graph, name: chosen, onClose, onDone }: Props) {
  const state = useLoad<SagaState>(`${sagaPath(saga.id)}/state`);
  const looking = !state.data && !state.error;
  const awaited = awaitedNow(state.data, saga.id);
  const later = listensFor(graph).filter((type) => !awaited.some((each) => each.type === type));
  const known = [...awaited.map((each) => each.type), ...later];
  const [picked, setPicked] = useState<string | null>(null);
  const [typed, setTyped] = useState(chosen ?? '');
  const [text, setText] = useState('');
  const [reason, setReason] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  // Nobody knows whether it has come. Sent again under its id it does no harm, as long as it is the same.
  const [unsure, setUnsure] = useState(false);
  const [id] = useState(newId);

  const option = picked ?? (chosen === undefined ? (known[0] ?? ANOTHER) : known.includes(chosen) ? chosen : ANOTHER);
  const name = option === ANOTHER ? typed.trim() : option;
  const missed = awaited.find((each) => each.type === name && !isReached(each, saga.id));
  const data: ReadJson | null = text.trim() === '' ? null : readJson(text);

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await sendSignal(saga.id, { name, id, data: data?.ok ? data.value : undefined, reason: reason.trim() });
      onDone();
    } catch (problem) {
      const { status } = problemOf(problem);
      setError(problem);
      setUnsure(unsure || status === 0 || status >= 500);
      setBusy(false);
    }
  };

  return (
    <Dialog title={`${WORDS.signal.label} ${saga.id}`} onClose={onClose}>
      <p>{WORDS.signal.what}</p>
      <form onSubmit={submit}>
        <label class="stack">
          Signal
          <select autofocus value={option} disabled={unsure} onChange={(event) => setPicked(event.currentTarget.value)}>
            {awaited.length > 0 && (
              <optgroup label="It listens for these now">
                {awaited.map((each) => (
                  <option key={each.type} value={each.type}>
                    {aboutEvent(each)}
                  </option>
                ))}
              </optgroup>
            )}
            {later.length > 0 && (
              <optgroup label="Its workflow listens for these">
                {later.map((type) => (
                  <option key={type} value={type}>
                    {type}
                  </option>
                ))}
              </optgroup>
            )}
            <option value={ANOTHER}>another name…</option>
          </select>
        </label>
        {option === ANOTHER && (
          <label class="stack">
            Name
            <input type="text" required readOnly={unsure} value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
          </label>
        )}
        {missed && (
          <p class="warn">
            It listens for {aboutEvent(missed)}. A signal is about the saga itself, so that this will not be taken: publish it with <code>skald emit</code>.
          </p>
        )}
        <JsonField label="Data, as JSON; none if empty" text={text} error={data && !data.ok ? data.error : null} readOnly={unsure} onText={setText} />
        <label class="stack">
          Reason, if there is one; it stands in the history
          <input type="text" readOnly={unsure} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        {error ? <ProblemBox error={error}>{unsure && ' It may have come all the same. Sending it again does no harm.'}</ProblemBox> : null}
        <footer>
          <button type="button" onClick={onClose}>
            Do nothing
          </button>
          <button class="primary" disabled={busy || looking || name === '' || data?.ok === false}>
            {unsure ? 'Send again' : WORDS.signal.label}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
