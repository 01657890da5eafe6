// What can be done with the chosen sagas.

import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from '../api/client';
import type { Page, Saga, Verb } from '../api/types';
import { count } from '../format';
import { BULK_VERBS, WORDS } from '../operate';
import { ProblemBox } from '../ui/basics';
import { BulkDialog } from './bulk_dialog';
import { queryOf } from './filter';
import type { SagaList } from './list';
import { NOTHING, type Selection } from './selection';

const MOST = 10_000; // sagas of one bulk order; the command line takes any number

interface Props {
  list: SagaList;
  selection: Selection;
  onSelect: (selection: Selection) => void;
}

// What the filter means now, loaded or not; one more than an order may have, where there is.
async function allOf(list: SagaList, signal: AbortSignal): Promise<Saga[]> {
  const sagas: Saga[] = [];
  let cursor: string | null = null;
  do {
    const query = queryOf(list.filter, Date.now());
    query.set('limit', '1000');
    if (cursor) query.set('cursor', cursor);
    const page: Page<Saga> = await get(`/v1/sagas?${query}`, signal);
    sagas.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && sagas.length <= MOST);
  return sagas.slice(0, MOST + 1);
}

export function Bulk({ list, selection, onSelect }: Props) {
  const [job, setJob] = useState<{ verb: Verb; sagas: Saga[] } | null>(null);
  // Chosen beyond what is loaded.
  const [beyond, setBeyond] = useState<Saga[]>([]);
  const [error, setError] = useState<unknown>(null);
  const loaded = new Map(list.rows.value.map((row) => [row.run, row]));
  for (const saga of beyond) if (!loaded.has(saga.run)) loaded.set(saga.run, saga);
  const chosen = [...selection.runs].map((run) => loaded.get(run)).filter((saga): saga is Saga => saga !== undefined);
  const sagas = chosen.slice(0, MOST);
  // This goes with its selection: what is answered later is of no use to the next.
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const [asking, setAsking] = useState(false);
  const selectAll = async () => {
    setAsking(true);
    setError(null);
    try {
      const all = await allOf(list, stop.current.signal);
      if (stop.current.signal.aborted) return;
      setBeyond(all);
      onSelect({ runs: new Set(all.map((saga) => saga.run)), from: null });
    } catch (problem) {
      if (!stop.current.signal.aborted) setError(problem);
    }
    setAsking(false);
  };
  const everyRow = list.rows.value.every((row) => selection.runs.has(row.run));
  return (
    <section class="bulk" aria-label="Selected sagas">
      <b role="status">{count(sagas.length, 'saga')} selected</b>
      {chosen.length > MOST && <span class="warn">There are more: an order is for {count(MOST, 'saga')} at most.</span>}
      {everyRow && list.open.value && selection.runs.size <= list.rows.value.length && (
        <button type="button" class="plain" disabled={asking} onClick={selectAll}>
          {asking ? 'Looking for all…' : 'Select all that the filter means'}
        </button>
      )}
      <span class="spread" />
      {BULK_VERBS.map((verb) => (
        <button key={verb} type="button" class={WORDS[verb].danger ? 'danger' : ''} onClick={() => setJob({ verb, sagas })}>
          {WORDS[verb].label}…
        </button>
      ))}
      <button type="button" class="plain" onClick={() => onSelect(NOTHING)}>
        Clear
      </button>
      {error ? <ProblemBox error={error} /> : null}
      {job && <BulkDialog verb={job.verb} sagas={job.sagas} onClose={() => setJob(null)} />}
    </section>
  );
}
