// An order for many sagas: first what it would do, then a reason, then each one's answer.

import { useEffect, useRef, useState } from 'preact/hooks';
import { get, problemOf, sagaPath } from '../api/client';
import type { Saga, ShownSaga, Verb } from '../api/types';
import { count } from '../format';
import { forEach, order, refusal, rehearse, WORDS } from '../operate';
import { Status } from '../ui/basics';
import { Dialog } from '../ui/dialog';
import { UndoPlan } from '../ui/undo_plan';
import { useVirtual } from '../ui/virtual';

const AT_ONCE = 4;
// So many sagas are rehearsed one by one; of more, the first of them stand for the rest, and the dialog says so.
const MOST_REHEARSED = 200;

interface Target {
  saga: Saga;
  // Why it would do nothing, by its status or as the engine has said.
  refused: string | null;
  plan?: ShownSaga;
  rehearsed: boolean;
  // The answer to the order.
  done?: { ok: boolean; text: string };
}

interface Props {
  verb: Verb;
  sagas: Saga[];
  onClose: () => void;
}

async function rehearsal(target: Target, verb: Verb) {
  target.rehearsed = true;
  try {
    // As it is now: the list may be a moment behind.
    target.saga = await get<Saga>(sagaPath(target.saga.id));
    target.refused = refusal(verb, target.saga);
    if (target.refused === null && WORDS[verb].undoes) target.plan = await rehearse(target.saga.id, verb);
  } catch (error) {
    const problem = problemOf(error);
    target.refused = `${problem.code}: ${problem.message}`;
  }
}

async function act(target: Target, verb: Verb, reason: string) {
  // Which step, the engine knows where there is one that stands still; of several it wants a person to choose.
  const bySeen = WORDS[verb].withStep ? { seen: target.saga.events } : {};
  try {
    const saga = await order(target.saga.id, verb, { reason, ...bySeen });
    target.done = { ok: true, text: saga.status };
  } catch (error) {
    const problem = problemOf(error);
    target.done = { ok: false, text: `${problem.code}: ${problem.message}` };
  }
}

export function BulkDialog({ verb, sagas, onClose }: Props) {
  const words = WORDS[verb];
  const [targets, setTargets] = useState<Target[]>(() => sagas.map((saga) => ({ saga, refused: refusal(verb, saga), rehearsed: false })));
  const [phase, setPhase] = useState<'rehearsing' | 'asking' | 'acting' | 'done'>('rehearsing');
  const [reason, setReason] = useState('');
  const stopped = useRef(false);
  // What is known of one has changed in place; a list of them that is another is what is drawn again.
  const tick = () => setTargets((all) => [...all]);

  useEffect(() => {
    const job = async (target: Target) => {
      await rehearsal(target, verb);
      tick();
    };
    void forEach(targets.slice(0, MOST_REHEARSED), AT_ONCE, () => stopped.current, job).then(() => setPhase('asking'));
    return () => {
      stopped.current = true;
    };
  }, []);

  const willing = targets.filter((target) => target.refused === null);
  const done = targets.filter((target) => target.done);
  const failed = done.filter((target) => !target.done!.ok);
  const rehearsed = targets.filter((target) => target.rehearsed);
  const toRehearse = Math.min(targets.length, MOST_REHEARSED);

  const run = async (event: Event) => {
    event.preventDefault();
    setPhase('acting');
    stopped.current = false;
    await forEach(willing, AT_ONCE, () => stopped.current, async (target) => {
      await act(target, verb, reason.trim());
      tick();
    });
    setPhase('done');
  };

  return (
    <Dialog title={`${words.label} ${count(sagas.length, 'saga')}`} wide onClose={phase === 'acting' ? undefined : onClose}>
      <p>{words.what}</p>
      <p class="dry" role="status">
        {phase === 'rehearsing' && `Looking what it would do: ${rehearsed.length} of ${toRehearse}`}
        {phase === 'asking' && (
          <>
            <b>Dry run:</b> {count(willing.length, 'saga')} would be acted on, {targets.length - willing.length} would not.
            {rehearsed.length < targets.length && ` The engine was asked of the first ${rehearsed.length}; the others are as the list shows them.`} Nothing has been changed.
          </>
        )}
        {phase === 'acting' && `${done.length} of ${willing.length}`}
        {phase === 'done' && `${done.length - failed.length} done, ${failed.length} refused${done.length < willing.length ? `, ${willing.length - done.length} not tried` : ''}.`}
      </p>
      {(phase === 'acting' || phase === 'rehearsing') && (
        <progress
          aria-label="Progress"
          max={Math.max(1, phase === 'acting' ? willing.length : toRehearse)}
          value={phase === 'acting' ? done.length : rehearsed.length}
        />
      )}
      <Targets targets={targets} />
      <form onSubmit={run}>
        {(phase === 'asking' || phase === 'rehearsing') && (
          <label class="stack">
            Reason; it stands in each history
            <input type="text" required value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
          </label>
        )}
        <footer>
          {phase === 'acting' && (
            <button type="button" onClick={() => (stopped.current = true)}>
              Stop
            </button>
          )}
          {phase !== 'acting' && (
            <button type="button" onClick={onClose}>
              {phase === 'done' ? 'Close' : 'Do nothing'}
            </button>
          )}
          {(phase === 'asking' || phase === 'rehearsing') && (
            <button class={words.danger ? 'primary danger' : 'primary'} disabled={phase === 'rehearsing' || willing.length === 0 || reason.trim() === ''}>
              {words.label} {count(willing.length, 'saga')}
            </button>
          )}
        </footer>
      </form>
    </Dialog>
  );
}

function Targets({ targets }: { targets: Target[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtual({
    count: targets.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 44,
    overscan: 8,
  });
  return (
    <div class="targets" role="list" ref={scroller} tabIndex={0} aria-label="The sagas">
      <div role="presentation" style={{ height: `${virtual.getTotalSize()}px` }}>
        {virtual.getVirtualItems().map((item) => {
          const target = targets[item.index]!;
          return (
            <div
              key={target.saga.run}
              role="listitem"
              data-index={item.index}
              ref={virtual.measureElement}
              style={{ transform: `translateY(${item.start}px)` }}
              class={target.refused ? 'refused' : ''}
            >
              <b>{target.saga.id}</b>
              <Status status={target.saga.status} />
              {target.done ? (
                <span class={target.done.ok ? 'ok' : 'warn'}>{target.done.ok ? `→ ${target.done.text}` : target.done.text}</span>
              ) : target.refused ? (
                <span class="muted">nothing: {target.refused}</span>
              ) : target.plan ? (
                <UndoPlan saga={target.plan} />
              ) : null}
            </div>
          );
        })}
      </div>
    </div>
  );
}
