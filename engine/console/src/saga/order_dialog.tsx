// One order for one saga: why, which step, with which output; and of orders to undo, what they would undo.

import { useEffect, useState } from 'preact/hooks';
import { Problem, sagaPath } from '../api/client';
import type { Saga, SagaState, ShownSaga, Verb } from '../api/types';
import { stepName } from '../format';
import { order, rehearse, standing, WORDS } from '../operate';
import { Loading, ProblemBox } from '../ui/basics';
import { Dialog } from '../ui/dialog';
import { JsonField, readJson } from '../ui/json_field';
import { useLoad } from '../ui/load';
import { UndoPlan } from '../ui/undo_plan';

interface Props {
  verb: Verb;
  saga: Saga;
  // The step that was chosen before, where one was.
  step?: string;
  onClose: () => void;
  onDone: () => void;
}

export function OrderDialog({ verb, saga, step: chosen, onClose, onDone }: Props) {
  const words = WORDS[verb];
  const state = useLoad<SagaState>(words.withStep ? `${sagaPath(saga.id)}/state` : null);
  const looking = words.withStep === true && !state.data && !state.error;
  const steps = standing(saga, state.data);
  const [reason, setReason] = useState('');
  const [picked, setStep] = useState<string | null>(null);
  const step = picked ?? steps.find((each) => each === chosen || each.startsWith(`${chosen}/compensate`)) ?? steps[0] ?? '';
  const [output, setOutput] = useState('null');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [plan, setPlan] = useState<ShownSaga | null>(null);
  useEffect(() => {
    if (words.undoes) rehearse(saga.id, verb).then(setPlan, setError);
  }, []);
  const value = readJson(output);
  // What was looked at when the order was given: had it moved, the engine refuses.
  const [seen] = useState(saga.events);

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await order(saga.id, verb, {
        reason: reason.trim(),
        ...(words.withStep ? { step, seen } : {}),
        ...(verb === 'resolve' && value.ok ? { output: value.value } : {}),
      });
      onDone();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };

  return (
    <Dialog title={`${words.label} ${saga.id}`} onClose={onClose}>
      <p>{words.what}</p>
      {words.undoes && (plan ? <UndoPlan saga={plan} /> : !error && <Loading />)}
      <form onSubmit={submit}>
        {looking && <Loading />}
        {words.withStep && !looking && steps.length > 0 && (
          <label class="stack">
            Step
            <select value={step} onChange={(event) => setStep(event.currentTarget.value)}>
              {steps.map((each) => (
                <option key={each} value={each}>
                  {stepName(each)} ({each})
                </option>
              ))}
            </select>
          </label>
        )}
        {verb === 'resolve' && <JsonField label="Output of the step, as JSON" text={output} error={value.ok ? null : value.error} onText={setOutput} />}
        <label class="stack">
          Reason; it stands in the history
          <input type="text" required autofocus value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        {error ? (
          <ProblemBox error={error}>{error instanceof Problem && error.code === 'moved' && ' Close this and look again.'}</ProblemBox>
        ) : null}
        <footer>
          <button type="button" onClick={onClose}>
            Do nothing
          </button>
          <button class={words.danger ? 'primary danger' : 'primary'} disabled={busy || looking || reason.trim() === '' || (verb === 'resolve' && !value.ok)}>
            {words.label}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
