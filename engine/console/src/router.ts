// Where we are: the address. Every view can be shared by its link; engine/api/console.cc answers all of them with the page.

import { signal } from '@preact/signals';
import { placeOf, withParameters, type Place } from './address';

export { sagaHref, workflowHref } from './address';

// Browsers drop what is written to the history more often than 100 (Safari) or 200 times (Chromium) in ten seconds, and a
// slider that is dragged is faster. What is shown is `place`; the address bar follows it at this distance.
const WRITE_MS = 150;

const inTheBar = () => location.pathname + location.search;

let href = inTheBar();
let wroteAt = -WRITE_MS;
let timer: ReturnType<typeof setTimeout> | undefined;

export const place = signal<Place>(placeOf(href));

// The address bar, as it should be.
function write() {
  clearTimeout(timer);
  timer = undefined;
  if (href === inTheBar()) return;
  wroteAt = performance.now();
  history.replaceState(null, '', href);
}

export function go(to: string, replace = false) {
  if (to === href) return;
  if (!replace) {
    write(); // what was shown is what the way back leads to
    history.pushState(null, '', to);
  }
  href = to;
  place.value = placeOf(href);
  if (replace) timer ??= setTimeout(write, Math.max(0, wroteAt + WRITE_MS - performance.now()));
}

export const withQuery = (changes: Record<string, string | null>) => withParameters(href, changes);

export function startRouter() {
  addEventListener('popstate', () => {
    clearTimeout(timer);
    timer = undefined;
    href = inTheBar();
    place.value = placeOf(href);
  });
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest?.('a[href^="/"]');
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.hasAttribute('target')) return;
    event.preventDefault();
    go(link.getAttribute('href')!);
  });
}
