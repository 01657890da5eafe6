// /workflows: what is deployed; and one of them.

import { useState } from 'preact/hooks';
import { workflowPath } from '../api/client';
import { STATUSES, type Definition, type Graph } from '../api/types';
import { GraphView } from '../graph/graph';
import { go, place, withQuery, workflowHref } from '../router';
import { useCounts } from '../sagas/counts';
import { hrefOf, NO_FILTER } from '../sagas/filter';
import { Ago, Empty, Loading, ProblemBox, Status } from '../ui/basics';
import { useLoad, useReload } from '../ui/load';
import { Tabs } from '../ui/tabs';
import { latestFirst } from './versions';
import { Failures, type CheckReport } from './failures';
import { Source } from './source';

interface Definitions {
  items: Definition[];
}

export function WorkflowsView() {
  const list = useLoad<Definitions>('/v1/workflows');
  useReload(list);
  const byName = new Map<string, Definition[]>();
  for (const row of list.data?.items ?? []) byName.set(row.workflow, [...(byName.get(row.workflow) ?? []), row]);
  const names = [...byName.keys()].sort();
  return (
    <div class="page">
      <header class="page-head">
        <h1>Workflows</h1>
      </header>
      {list.error ? <ProblemBox error={list.error} /> : null}
      {!list.data && !list.error && <Loading />}
      {list.data && names.length === 0 && <Empty>None is deployed yet: skald deploy FILE.</Empty>}
      {names.length > 0 && (
        <table class="plain-table">
          <thead>
            <tr>
              <th>Workflow</th>
              <th>Latest</th>
              <th>Versions</th>
              <th>Deployed</th>
              <th>Sagas</th>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => {
              const versions = latestFirst(byName.get(name)!);
              return (
                <tr key={name}>
                  <td>
                    <a href={workflowHref(name)}>
                      <b>{name}</b>
                    </a>
                  </td>
                  <td>{versions[0]!.version}</td>
                  <td class="number">{versions.length}</td>
                  <td>
                    <Ago time={versions[0]!.deployed_at} />
                  </td>
                  <td>
                    <Running workflow={name} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </div>
  );
}

// How many sagas of it there are, each status leading to them.
function Running({ workflow }: { workflow: string }) {
  const counts = useCounts({ ...NO_FILTER, workflow });
  const some = STATUSES.filter((status) => counts[status]);
  if (some.length === 0) return <span class="muted">none</span>;
  return (
    <span class="counts">
      {some.map((status) => (
        <a key={status} href={hrefOf({ ...NO_FILTER, workflow, status: [status] })} aria-label={`${counts[status]} ${status}`}>
          <Status status={status} /> {counts[status]!.toLocaleString('en')}
        </a>
      ))}
    </span>
  );
}

const TABS = ['graph', 'failures', 'source'] as const;

export function WorkflowView({ workflow }: { workflow: string }) {
  const query = place.value.query;
  const tab = TABS.find((name) => name === query.get('tab')) ?? 'graph';
  const list = useLoad<Definitions>(workflowPath(workflow));
  const versions = latestFirst(list.data?.items ?? []);
  const version = query.get('version') ?? versions[0]?.version;
  const path = version ? workflowPath(workflow, version) : null;
  const definition = useLoad<Definition & { source: string }>(path);
  const graph = useLoad<Graph>(path && tab === 'graph' ? `${path}/graph` : null);
  const check = useLoad<CheckReport>(path && tab === 'failures' ? `${path}/check` : null);
  const [line, setLine] = useState<number | null>(null);
  const toLine = (to: number) => {
    setLine(to);
    go(withQuery({ tab: 'source' }));
  };
  if (list.error) {
    return (
      <div class="page">
        <ProblemBox error={list.error} />
      </div>
    );
  }
  return (
    <div class="page fill">
      <header class="page-head">
        <h1>{workflow}</h1>
        <label class="field">
          <select aria-label="Version" value={version} onChange={(event) => go(withQuery({ version: event.currentTarget.value }))}>
            {versions.map((row) => (
              <option key={row.version} value={row.version}>
                {row.version}
              </option>
            ))}
          </select>
        </label>
        {definition.data && (
          <span class="muted">
            deployed <Ago time={definition.data.deployed_at} /> · <span class="mono">{definition.data.hash.slice(0, 12)}</span>
          </span>
        )}
        <span class="spread" />
        <Running workflow={workflow} />
      </header>
      <Tabs label="Workflow" names={TABS} current={tab} onTab={(name) => go(withQuery({ tab: name === 'graph' ? null : name }), true)} />
      <div class={tab === 'graph' ? 'split whole' : 'panel scroll'} role="tabpanel" aria-label={tab} tabIndex={tab === 'graph' ? undefined : 0}>
        {tab === 'graph' && (graph.error ? <ProblemBox error={graph.error} /> : graph.data ? <GraphView graph={graph.data} /> : <Loading />)}
        {tab === 'failures' && (check.error ? <ProblemBox error={check.error} /> : check.data ? <Failures report={check.data} onLine={toLine} /> : <Loading />)}
        {tab === 'source' && (definition.error ? <ProblemBox error={definition.error} /> : definition.data ? <Source text={definition.data.source} line={line} /> : <Loading />)}
      </div>
    </div>
  );
}
