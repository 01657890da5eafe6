// Which events a text means; pure. Each of its words stands somewhere in the event.

import type { SagaEvent } from '../api/types';

const texts = new WeakMap<SagaEvent, string>();

function textOf(event: SagaEvent): string {
  let text = texts.get(event);
  if (text === undefined) {
    const { hash: _, ...rest } = event;
    text = JSON.stringify(rest).toLowerCase();
    texts.set(event, text);
  }
  return text;
}

export function matchesEvent(event: SagaEvent, text: string): boolean {
  const within = textOf(event);
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => within.includes(word));
}
