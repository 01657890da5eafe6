// /sagas: the live list.

import { useEffect, useMemo, useState } from 'preact/hooks';
import { rates } from '../live';
import { place } from '../router';
import { ProblemBox } from '../ui/basics';
import { Bulk } from './bulk';
import { useCounts } from './counts';
import { filterOf, hrefOf } from './filter';
import { Filters, StatusChips } from './filters';
import { SagaList } from './list';
import { NOTHING } from './selection';
import { SagaTable } from './table';

function Rates() {
  const now = rates.value;
  if (!now) return null;
  return (
    <p class="rates">
      <b>{now.started.toFixed(now.started < 10 ? 1 : 0)}</b> started/s · <b>{now.ended.toFixed(now.ended < 10 ? 1 : 0)}</b> ended/s
    </p>
  );
}

export function SagasView() {
  const filter = filterOf(place.value.query);
  const key = hrefOf(filter);
  const list = useMemo(() => new SagaList(filter), [key]);
  useEffect(() => () => list.dispose(), [list]);
  const [selection, setSelection] = useState(NOTHING);
  useEffect(() => setSelection(NOTHING), [key]);
  const counts = useCounts(filter);
  return (
    <div class="page fill">
      <header class="page-head">
        <h1>Sagas</h1>
        <Rates />
      </header>
      <StatusChips filter={filter} counts={counts} />
      <Filters filter={filter} />
      {list.error.value ? <ProblemBox error={list.error.value} /> : null}
      <SagaTable key={key} list={list} selection={selection} onSelect={setSelection} />
      {selection.runs.size > 0 && <Bulk key={key} list={list} selection={selection} onSelect={setSelection} />}
    </div>
  );
}
