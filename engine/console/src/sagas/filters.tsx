// The filters above the list. Every change is a new address.

import { useEffect, useState } from 'preact/hooks';
import { STATUSES, type Definition, type Status } from '../api/types';
import { go, place } from '../router';
import { Icon } from '../ui/icons';
import { useLoad } from '../ui/load';
import { filterOf, hrefOf, isFiltered, NO_FILTER, type Filter } from './filter';

const TYPING_MS = 250;

const SPANS: [string, string][] = [
  ['', 'any time'],
  ['15m', 'last 15 minutes'],
  ['1h', 'last hour'],
  ['24h', 'last 24 hours'],
  ['7d', 'last 7 days'],
];

// On what is shown by then: a text may come a moment after it was typed, and another filter have been set since.
function change(part: Partial<Filter>) {
  go(hrefOf({ ...filterOf(place.value.query), ...part }), true);
}

// A field whose text becomes part of the filter when typing pauses, or at Enter.
function TextFilter(props: { label: string; placeholder: string; value: string; search?: boolean; wide?: boolean; onText: (text: string) => void }) {
  const [text, setText] = useState(props.value);
  useEffect(() => setText(props.value), [props.value]);
  useEffect(() => {
    if (text === props.value) return;
    const timer = setTimeout(() => props.onText(text.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <label class={props.search ? 'field search' : 'field'}>
      <span class="hidden">{props.label}</span>
      {props.search && <Icon name="search" />}
      <input
        type="search"
        placeholder={props.placeholder}
        value={text}
        data-search={props.search}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') props.onText(text.trim());
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      {props.search && <kbd aria-hidden="true">/</kbd>}
    </label>
  );
}

export function StatusChips({ filter, counts }: { filter: Filter; counts: Partial<Record<Status, number>> }) {
  const all = STATUSES.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
  const toggle = (status: Status) => {
    const has = filter.status.includes(status);
    change({ status: has ? filter.status.filter((each) => each !== status) : [...filter.status, status] });
  };
  return (
    <div class="chips" role="group" aria-label="Status">
      <button type="button" class="chip" aria-pressed={filter.status.length === 0} onClick={() => change({ status: [] })}>
        all <b>{all.toLocaleString('en')}</b>
      </button>
      {STATUSES.map((status) => (
        <button
          key={status}
          type="button"
          class={`chip is-${status} ${counts[status] ? '' : 'is-none'}`}
          aria-pressed={filter.status.includes(status)}
          onClick={() => toggle(status)}
        >
          {status} <b>{(counts[status] ?? 0).toLocaleString('en')}</b>
        </button>
      ))}
    </div>
  );
}

export function Filters({ filter }: { filter: Filter }) {
  const workflows = useLoad<{ items: Definition[] }>('/v1/workflows');
  const names = [...new Set((workflows.data?.items ?? []).map((row) => row.workflow))].sort();
  if (filter.workflow && !names.includes(filter.workflow)) names.push(filter.workflow);
  const spans = SPANS.some(([value]) => value === filter.since) ? SPANS : [...SPANS, [filter.since, `since ${filter.since}`] as [string, string]];
  return (
    <form class="filters" role="search" aria-label="Sagas" onSubmit={(event) => event.preventDefault()}>
      <TextFilter search label="Search by id or run" placeholder="Find by id or run" value={filter.id} onText={(id) => change({ id })} />
      <label class="field">
        <select aria-label="Workflow" value={filter.workflow} onChange={(event) => change({ workflow: event.currentTarget.value })}>
          <option value="">all workflows</option>
          {names.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label class="field">
        <select aria-label="Started" value={filter.since} onChange={(event) => change({ since: event.currentTarget.value })}>
          {spans.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <TextFilter label="Older than" placeholder="Older than 1h, or a time" value={filter.until} onText={(until) => change({ until })} />
      <TextFilter label="Error contains" placeholder="Error contains…" value={filter.error} onText={(error) => change({ error })} />
      <LabelFilter filter={filter} />
      {isFiltered(filter) && (
        <button type="button" class="plain" onClick={() => change(NO_FILTER)}>
          Clear
        </button>
      )}
    </form>
  );
}

function LabelFilter({ filter }: { filter: Filter }) {
  const [text, setText] = useState('');
  const add = () => {
    if (text.indexOf('=') <= 0) return;
    change({ labels: [...new Set([...filter.labels, text.trim()])] });
    setText('');
  };
  return (
    <span class="labels-filter">
      {filter.labels.map((label) => (
        <button
          key={label}
          type="button"
          class="label removable"
          aria-label={`Remove the label filter ${label}`}
          onClick={() => change({ labels: filter.labels.filter((each) => each !== label) })}
        >
          {label} <Icon name="close" />
        </button>
      ))}
      <label class="field short">
        <span class="hidden">Label, as key=value</span>
        <input
          type="text"
          placeholder="label=value"
          value={text}
          spellcheck={false}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Enter' && add()}
          onBlur={add}
        />
      </label>
    </span>
  );
}
