// Why the saga is where it is, what comes next, and what helps: as the engine explains it.

import { hasEnded, type Explanation, type Sentence } from '../api/types';
import { stepName } from '../format';
import { actionOf, type Action } from './command';
import { WORDS } from '../operate';
import { Copy, ProblemBox } from '../ui/basics';
import type { SagaData } from './data';

interface Props {
  data: SagaData;
  at: number | null;
  onOrder: (action: Action) => void;
  onStep: (step: string) => void;
}

export function Explain({ data, at, onOrder, onStep }: Props) {
  const explanation = data.explanation.data;
  if (!explanation) return data.explanation.error ? <ProblemBox error={data.explanation.error} /> : null;
  // Of what has ended, or of another moment, the sentence on top says enough until somebody asks.
  const ended = hasEnded(explanation.status);
  return (
    <details
      key={`${at === null} ${ended}`}
      class={`explain is-${explanation.status}`}
      aria-label="Explanation"
      open={at === null && !ended}
    >
      <summary>
        <span class="summary">{explanation.summary}</span>
      </summary>
      {at !== null && <p class="muted">This is of now; below, the saga is shown as it was after event {at}.</p>}
      <div class="explain-columns">
        <Sentences title="Now" sentences={explanation.sentences.filter((sentence) => sentence.text !== explanation.summary)} onStep={onStep} />
        <div>
          <Sentences title="Next" sentences={explanation.next} onStep={onStep} />
          <WouldUndo explanation={explanation} />
        </div>
        <Commands explanation={explanation} onOrder={onOrder} />
      </div>
    </details>
  );
}

function Sentences({ title, sentences, onStep }: { title: string; sentences: Sentence[]; onStep: (step: string) => void }) {
  if (sentences.length === 0) return null;
  return (
    <div>
      <h2>{title}</h2>
      <ul>
        {sentences.map((sentence) => (
          <li key={sentence.code + sentence.text}>
            {sentence.text}{' '}
            {sentence.step && (
              <button type="button" class="plain" onClick={() => onStep(sentence.step!)}>
                show {stepName(sentence.step)}
              </button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

function WouldUndo({ explanation }: { explanation: Explanation }) {
  if (explanation.would_undo.length === 0) return null;
  const goesBack = explanation.sentences.some((sentence) => sentence.code === 'goes-back');
  return (
    <div>
      <h2>{goesBack ? 'Still to be undone' : 'On a failure now, undone'}</h2>
      <ol>
        {explanation.would_undo.map((undo) => (
          <li key={undo.key}>
            {stepName(undo.step)} <code>{undo.tasks.join(', ')}</code>
            {undo.certain ? '' : ' if it took effect'}
          </li>
        ))}
      </ol>
    </div>
  );
}

function Commands({ explanation, onOrder }: { explanation: Explanation; onOrder: (action: Action) => void }) {
  if (explanation.commands.length === 0) return null;
  return (
    <div class="commands">
      <h2>What helps</h2>
      <ul>
        {explanation.commands.map(({ command, why }) => {
          const action = actionOf(command);
          return (
            <li key={command}>
              <span class="command">
                <code>{command}</code>
              </span>
              <span class="advice">
                <Copy text={command} label="Copy the command" />
                {action && (
                  <button type="button" onClick={() => onOrder(action)}>
                    {WORDS[action.verb].label}…
                  </button>
                )}
                <span class="muted">{why}</span>
              </span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
