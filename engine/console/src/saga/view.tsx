// /sagas/ID: one saga.

import { useState } from 'preact/hooks';
import { workflowPath } from '../api/client';
import type { Graph } from '../api/types';
import { GraphView } from '../graph/graph';
import { looksAt } from '../graph/looks';
import { useKeys } from '../keyboard';
import { go, place, withQuery } from '../router';
import { Loading, ProblemBox } from '../ui/basics';
import { useLoad } from '../ui/load';
import { Tabs } from '../ui/tabs';
import type { Action } from './command';
import { useSaga } from './data';
import { DataView } from './data_view';
import { EventsView } from './events';
import { Explain } from './explain';
import { SagaHead } from './head';
import { OrderDialog } from './order_dialog';
import { SignalDialog } from './signal_dialog';
import { listensFor } from './signals';
import { Slider } from './slider';
import { StepPanel } from './step_panel';
import { TimelineView } from './timeline';

const TABS = ['graph', 'timeline', 'events', 'data'] as const;
type Tab = (typeof TABS)[number];

export function SagaView({ id }: { id: string }) {
  const query = place.value.query;
  const asked = query.get('tab');
  const tab: Tab = TABS.find((name) => name === asked) ?? 'graph';
  const number = Number(query.get('at'));
  const at = Number.isInteger(number) && number > 0 ? number : null;
  const step = query.get('step');
  const data = useSaga(id, at, tab === 'timeline');
  const saga = data.saga.data;
  const graph = useLoad<Graph>(saga ? `${workflowPath(saga.workflow, saga.version)}/graph` : null);
  const [order, setOrder] = useState<Action | null>(null);

  const setAt = (seq: number | null) => go(withQuery({ at: seq === null ? null : String(seq) }), true);
  const setStep = (chosen: string | null) => go(withQuery({ step: chosen === step ? null : chosen }), true);
  const last = data.events.length;
  const move = (by: number) => {
    const seq = Math.max(1, (at ?? last) + by);
    setAt(seq >= last ? null : seq);
  };
  const toTab = (name: Tab) => go(withQuery({ tab: name === 'graph' ? null : name }), true);
  useKeys({
    '1': () => toTab('graph'),
    '2': () => toTab('timeline'),
    '3': () => toTab('events'),
    '4': () => toTab('data'),
    '[': () => move(-1),
    ']': () => move(1),
    '0': () => setAt(null),
    Escape: () => (step ? setStep(null) : at !== null ? setAt(null) : go('/sagas')),
  });

  if (!saga) return <div class="page">{data.saga.error ? <ProblemBox error={data.saga.error} /> : <Loading />}</div>;
  const state = data.state.data;
  const close = () => setOrder(null);
  const done = () => {
    close();
    data.reload();
  };
  const looks = state ? looksAt(state, data.events) : undefined;
  return (
    <div class="page fill saga">
      <SagaHead saga={saga} events={data.events} listens={listensFor(graph.data).length > 0} onOrder={(verb) => setOrder({ verb })} />
      {data.saga.error ? <ProblemBox error={data.saga.error} /> : null}
      <Explain data={data} at={at} onOrder={setOrder} onStep={setStep} />
      <Slider events={data.events} at={at} onAt={setAt} />
      {data.state.error ? <ProblemBox error={data.state.error} /> : null}
      <Tabs label="Saga" names={TABS} current={tab} onTab={toTab} />
      {tab === 'graph' && (
        <div class={step ? 'split' : 'split whole'} role="tabpanel" aria-label="graph">
          {graph.error ? <ProblemBox error={graph.error} /> : graph.data ? <GraphView graph={graph.data} looks={looks} chosen={step} onChoose={setStep} /> : <Loading />}
          {step && <StepPanel step={step} state={state} graph={graph.data} events={data.events} onClose={() => setStep(null)} onSeq={setAt} />}
        </div>
      )}
      {tab === 'timeline' && (
        <div role="tabpanel" class="panel" aria-label="timeline">
          {data.trace.error ? <ProblemBox error={data.trace.error} /> : data.trace.data ? <TimelineView trace={data.trace.data} at={at === null ? undefined : data.events[at - 1]?.at} onSeq={setAt} /> : <Loading />}
        </div>
      )}
      {tab === 'events' && (
        <div role="tabpanel" class="panel" aria-label="events">
          {data.eventsError ? <ProblemBox error={data.eventsError} /> : null}
          <EventsView events={data.events} at={at} onSeq={setAt} />
        </div>
      )}
      {tab === 'data' && (
        <div role="tabpanel" class="panel scroll" aria-label="data" tabIndex={0}>
          {state ? <DataView id={id} state={state} at={at} /> : !data.state.error && <Loading />}
        </div>
      )}
      {order?.verb === 'signal' && <SignalDialog saga={saga} graph={graph.data} name={order.signal} onClose={close} onDone={done} />}
      {order && order.verb !== 'signal' && <OrderDialog verb={order.verb} saga={saga} step={order.step} onClose={close} onDone={done} />}
    </div>
  );
}
