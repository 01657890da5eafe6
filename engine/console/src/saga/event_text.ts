// How an event is told of in one line; pure.

import type { SagaEvent } from '../api/types';
import { aboutEvent, brief } from '../format';

// Of what is published, awaited and taken: `events` are all of the saga's, from the first on.
function ofOutside(event: SagaEvent, events: SagaEvent[]): string {
  if (event.event) {
    const { data } = event.event;
    return aboutEvent(event.event) + (data === undefined || data === null ? '' : ` ${brief(data)}`);
  }
  if (event.awaits) return event.awaits.map(aboutEvent).join(', ');
  const taken = event.received && events[event.received - 1]?.event;
  if (!taken) return '';
  return `${aboutEvent(taken)}, of event ${event.received}${event.taken === 'more' ? '; it listens on' : ''}`;
}

// What an event carries, the most telling first.
export function eventText(event: SagaEvent, events: SagaEvent[]): string {
  const outside = ofOutside(event, events);
  if (outside) return outside;
  for (const name of ['error', 'output', 'input', 'context', 'taken', 'due', 'reason']) {
    const value = event[name];
    if (value !== undefined && value !== null) return `${name} ${brief(value)}`;
  }
  return '';
}

export function toneOf(type: string): string {
  if (/rejected|failed|stuck|timed_out|unknown|terminated/.test(type)) return 'bad';
  if (type.startsWith('operator.')) return 'operator';
  if (type.startsWith('event.')) return 'event';
  if (type.startsWith('compensation.') || /compensated|cancelled/.test(type)) return 'undo';
  if (/completed|resolved/.test(type)) return 'good';
  return 'plain';
}
