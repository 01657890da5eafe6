// Where we are: the address. Every view can be shared by its link; engine/api/console.cc answers all of them with the page.

import { signal } from '@preact/signals';

export interface Place {
  // "/sagas/order-1" is ["sagas", "order-1"].
  parts: string[];
  query: URLSearchParams;
}

function here(): Place {
  const parts = location.pathname.split('/').filter(Boolean).map(decodeURIComponent);
  return { parts: parts.length > 0 ? parts : ['sagas'], query: new URLSearchParams(location.search) };
}

export const place = signal<Place>(here());

export function go(href: string, replace = false) {
  if (href === location.pathname + location.search) return;
  if (replace) history.replaceState(null, '', href);
  else history.pushState(null, '', href);
  place.value = here();
}

// The same view with other parameters; null takes one away.
export function withQuery(changes: Record<string, string | null>): string {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return location.pathname + (text ? '?' + text : '');
}

export const sagaHref = (id: string) => `/sagas/${encodeURIComponent(id)}`;

export function workflowHref(workflow: string, version?: string): string {
  const path = '/workflows/' + workflow.split('/').map(encodeURIComponent).join('/');
  return version ? `${path}?version=${encodeURIComponent(version)}` : path;
}

export function startRouter() {
  addEventListener('popstate', () => (place.value = here()));
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest?.('a[href^="/"]');
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.hasAttribute('target')) return;
    event.preventDefault();
    go(link.getAttribute('href')!);
  });
}
