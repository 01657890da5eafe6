// Which sagas are listed: as the address says it, as the engine is asked, and whether one that has changed belongs. Pure.

import { STATUSES, type Saga, type Status } from '../api/types';

export interface Filter {
  status: Status[]; // any of them; none: all
  workflow: string;
  labels: string[]; // "key=value", all of them
  since: string; // "15m", "24h", or a time; started at or after
  until: string;
  error: string; // text that stands in its error
  id: string; // how its id begins, or its run
}

export const NO_FILTER: Filter = { status: [], workflow: '', labels: [], since: '', until: '', error: '', id: '' };

export function filterOf(query: URLSearchParams): Filter {
  return {
    status: query.getAll('status').filter((s): s is Status => (STATUSES as readonly string[]).includes(s)),
    workflow: query.get('workflow') ?? '',
    labels: query.getAll('label').filter((label) => label.indexOf('=') > 0),
    since: query.get('since') ?? '',
    until: query.get('until') ?? '',
    error: query.get('error') ?? '',
    id: query.get('id') ?? '',
  };
}

function parameters(filter: Filter, time: (text: string) => string): URLSearchParams {
  const query = new URLSearchParams();
  for (const status of filter.status) query.append('status', status);
  if (filter.workflow) query.set('workflow', filter.workflow);
  for (const label of filter.labels) query.append('label', label);
  if (filter.since) query.set('since', time(filter.since));
  if (filter.until) query.set('until', time(filter.until));
  if (filter.error) query.set('error', filter.error);
  if (filter.id) query.set('id', filter.id);
  return query;
}

// The address that shows it.
export function hrefOf(filter: Filter): string {
  const query = parameters(filter, (text) => text).toString();
  return query ? `/sagas?${query}` : '/sagas';
}

const SPANS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

// "15m" is that long before now; null: no time at all.
export function timeOf(text: string, now: number): number | null {
  const span = /^(\d+)([mhd])$/.exec(text);
  if (span) return now - Number(span[1]) * SPANS[span[2]!]!;
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : time;
}

// What the engine is asked. A time that is none is passed on: the engine says what is wrong with it.
export function queryOf(filter: Filter, now: number): URLSearchParams {
  return parameters(filter, (text) => {
    const time = timeOf(text, now);
    return time === null ? text : new Date(time).toISOString();
  });
}

// Null where only the engine knows: what it takes for an error's text is its own affair.
export function matches(filter: Filter, saga: Saga, now: number): boolean | null {
  if (filter.status.length > 0 && !filter.status.includes(saga.status)) return false;
  if (filter.workflow && saga.workflow !== filter.workflow) return false;
  for (const label of filter.labels) {
    const equals = label.indexOf('=');
    if (saga.labels[label.slice(0, equals)] !== label.slice(equals + 1)) return false;
  }
  const started = Date.parse(saga.started_at);
  const since = timeOf(filter.since, now);
  if (since !== null && started < since) return false;
  const until = timeOf(filter.until, now);
  if (until !== null && started >= until) return false;
  if (filter.id && !saga.id.startsWith(filter.id) && !(filter.id.length >= 8 && saga.run.startsWith(filter.id))) return false;
  return filter.error ? null : true;
}

export function isFiltered(filter: Filter): boolean {
  return hrefOf(filter) !== '/sagas';
}
