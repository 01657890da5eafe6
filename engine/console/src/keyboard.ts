// Keys that work wherever no text is being typed. Views add theirs while they are shown; the latest wins.

import { useEffect, useRef } from 'preact/hooks';

export type Keys = Record<string, (event: KeyboardEvent) => unknown>;

const layers: { current: Keys }[] = [];
let pending = ''; // "g", while its second key is awaited
let pendingUntil = 0;

function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  if (!element?.tagName) return false;
  if (element.tagName === 'INPUT') return !['checkbox', 'range', 'radio', 'button'].includes((element as HTMLInputElement).type);
  return ['TEXTAREA', 'SELECT'].includes(element.tagName) || element.isContentEditable;
}

// What the browser does with a key on the element that has the focus.
function hasItsOwn(target: EventTarget | null, key: string): boolean {
  const element = target as HTMLElement | null;
  if (key === 'Enter' || key === ' ') return element?.matches?.('a, button, summary, input') ?? false;
  return (element?.matches?.('input[type=range]') ?? false) && /^(Arrow|Page|Home|End)/.test(key);
}

function press(event: KeyboardEvent) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target) || hasItsOwn(event.target, event.key) || document.querySelector('dialog[open]')) return;
  const prefix = performance.now() < pendingUntil ? pending : '';
  pending = '';
  const key = prefix ? `${prefix} ${event.key}` : event.key;
  for (const layer of [...layers].reverse()) {
    const handler = layer.current[key];
    if (!handler) continue;
    event.preventDefault();
    handler(event);
    return;
  }
  if (event.key === 'g' && !prefix) {
    pending = 'g';
    pendingUntil = performance.now() + 1500;
  }
}

// `keys` by name as in KeyboardEvent.key; "g s" is g and then s.
export function useKeys(keys: Keys) {
  const layer = useRef(keys);
  layer.current = keys;
  useEffect(() => {
    layers.push(layer);
    return () => {
      layers.splice(layers.indexOf(layer), 1);
    };
  }, []);
}

export function startKeyboard() {
  document.addEventListener('keydown', press);
}
