// What an address says, and how one is made; pure.

export interface Place {
  // "/sagas/order-1" is ["sagas", "order-1"].
  parts: string[];
  query: URLSearchParams;
}

// A part that is no percent-encoding is what it says: people type addresses.
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

// `href`: from the first slash on.
export function placeOf(href: string): Place {
  const [, path = '', query = ''] = /^([^?#]*)(?:\?([^#]*))?/.exec(href) ?? [];
  const parts = path.split('/').filter(Boolean).map(decoded);
  return { parts: parts.length > 0 ? parts : ['sagas'], query: new URLSearchParams(query) };
}

// The same view with other parameters; null takes one away.
export function withParameters(href: string, changes: Record<string, string | null>): string {
  const { query } = placeOf(href);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return href.replace(/[?#].*$/, '') + (text ? '?' + text : '');
}

export const sagaHref = (id: string) => `/sagas/${encodeURIComponent(id)}`;

export function workflowHref(workflow: string, version?: string): string {
  const path = '/workflows/' + workflow.split('/').map(encodeURIComponent).join('/');
  return version ? `${path}?version=${encodeURIComponent(version)}` : path;
}
