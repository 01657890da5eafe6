// /workers: who serves which task type, what waits, and which breakers are open. It is part of the stream's overview.

import type { TaskType, Worker } from '../api/types';
import { now } from '../clock';
import { ago, count, duration } from '../format';
import { connection, overview } from '../live';
import { Ago, Empty, Loading } from '../ui/basics';
import { breakers, openBreakers, sorted } from './order';

export function WorkersView() {
  const all = overview.value;
  if (!all) return <div class="page">{connection.value === 'lost' ? <Empty>The engine cannot be reached.</Empty> : <Loading />}</div>;
  const types = sorted(all.workers);
  const unserved = types.filter((type) => type.workers.length === 0).length;
  const open = [...new Set(types.flatMap(openBreakers))];
  const names = new Set(types.flatMap((type) => type.workers.map((worker) => worker.name)));
  return (
    <div class="page">
      <header class="page-head">
        <h1>Workers</h1>
      </header>
      <div class="tiles">
        <Tile value={String(names.size)} label={names.size === 1 ? 'worker' : 'workers'} />
        <Tile value={all.queues.tasks_waiting.toLocaleString('en')} label="tasks waiting" />
        <Tile value={String(unserved)} label="task types that nobody serves" tone={unserved > 0 ? 'bad' : ''} />
        <Tile value={String(open.length)} label={open.length === 1 ? 'breaker open' : 'breakers open'} tone={open.length > 0 ? 'bad' : ''} />
        <Tile value={all.ready.broker ? 'reached' : 'away'} label="broker" tone={all.ready.broker ? '' : 'bad'} />
      </div>
      {!all.ready.broker && <p class="problem">{all.ready.detail}</p>}
      {types.length === 0 && <Empty>No task type is known: nothing serves one, and no saga waits for one.</Empty>}
      {types.length > 0 && (
        <table class="plain-table">
          <thead>
            <tr>
              <th>Task type</th>
              <th>Served by</th>
              <th class="number">In flight</th>
              <th class="number">Waiting</th>
              <th>Oldest</th>
              <th>Breakers</th>
            </tr>
          </thead>
          <tbody>
            {types.map((type) => (
              <Row key={type.task} type={type} />
            ))}
          </tbody>
        </table>
      )}
      <Slowest />
    </div>
  );
}

function Tile({ value, label, tone = '' }: { value: string; label: string; tone?: string }) {
  return (
    <div class={`tile ${tone}`}>
      <b>{value}</b> {label}
    </div>
  );
}

function Row({ type }: { type: TaskType }) {
  const flying = type.workers.reduce((sum, worker) => sum + worker.in_flight, 0);
  const room = type.workers.reduce((sum, worker) => sum + worker.concurrency, 0);
  return (
    <tr class={type.workers.length === 0 ? 'unserved' : ''}>
      <td>
        <b>{type.task}</b>
      </td>
      <td>
        {type.workers.length === 0 ? (
          <span class="warn">nobody{type.unserved_since && `, since ${ago(type.unserved_since, now.value).replace(' ago', '')}`}</span>
        ) : (
          type.workers.map((worker) => <Who key={worker.name} worker={worker} />)
        )}
      </td>
      <td class="number">{type.workers.length > 0 && `${flying} of ${room}`}</td>
      <td class="number">{type.waiting.toLocaleString('en')}</td>
      <td>{type.oldest && <Ago time={type.oldest} />}</td>
      <td>
        <Breakers type={type} />
      </td>
    </tr>
  );
}

function Who({ worker }: { worker: Worker }) {
  return (
    <span class="who" title={`${worker.in_flight} of ${worker.concurrency} in flight, seen ${ago(worker.seen, now.value)}`}>
      {worker.name}
    </span>
  );
}

function Breakers({ type }: { type: TaskType }) {
  return (
    <>
      {[...breakers(type)].map(([name, state]) => (
        <span key={name} class={`breaker is-${state}`}>
          {name} {state}
        </span>
      ))}
    </>
  );
}

function Slowest() {
  const slowest = overview.value?.slowest ?? [];
  if (slowest.length === 0) return null;
  const most = Math.max(...slowest.map((row) => row.mean_ms));
  return (
    <section aria-label="Slowest tasks">
      <h2>Slowest tasks since the engine's start</h2>
      <table class="plain-table">
        <thead>
          <tr>
            <th>Task type</th>
            <th class="number">Attempts</th>
            <th class="number">Mean</th>
            <th class="number">Longest</th>
            <th class="wide">
              <span class="hidden">Mean, drawn</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {slowest.map((row) => (
            <tr key={row.task}>
              <td>{row.task}</td>
              <td class="number" aria-label={count(row.count, 'attempt')}>
                {row.count.toLocaleString('en')}
              </td>
              <td class="number">{duration(row.mean_ms)}</td>
              <td class="number">{duration(row.max_ms)}</td>
              <td>
                <div class="meter" style={{ width: `${(row.mean_ms / Math.max(1, most)) * 100}%` }} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
