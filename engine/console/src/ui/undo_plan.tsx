// What an order to undo would do, in its order.

import type { ShownSaga } from '../api/types';
import { stepName } from '../format';

export function UndoPlan({ saga }: { saga: ShownSaga }) {
  return (
    <div class="undo-plan">
      {saga.undo_waits_for && (
        <p>
          Only if the pivot <code>{saga.undo_waits_for}</code> does not complete.
        </p>
      )}
      {saga.would_undo.length === 0 && <p>Nothing would be undone.</p>}
      {saga.would_undo.length > 0 && (
        <ol aria-label="What would be undone, in this order">
          {saga.would_undo.map((undo) => (
            <li key={undo.key}>
              <b>{stepName(undo.step)}</b> <code>{undo.tasks.join(', ')}</code>
              {undo.certain ? '' : ' if it took effect'}
            </li>
          ))}
        </ol>
      )}
      {saga.would_leave_behind.length > 0 && (
        <p class="warn">
          Would stand: <code>{saga.would_leave_behind.join(', ')}</code>. Nothing undoes them.
        </p>
      )}
    </div>
  );
}
