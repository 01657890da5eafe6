// Requests to the engine, with the token where it wants one. Errors are RFC 7807 problems.

import { signal } from '@preact/signals';
import type { Json, ProblemBody } from './types';

const TOKEN = 'skald.token';

// Set where the engine has answered 401: the shell then asks for a token, or for another than the wrong one.
export const tokenWanted = signal<'none' | 'first' | 'another'>('none');

// A header carries no others, and the request would fail as if there were no engine.
export const isToken = (text: string) => /^[\x20-\x7e]+$/.test(text);

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(0, 'unreachable', 'the engine cannot be reached; its answer will be taken as soon as it is back');
}

// Kept for this tab alone; everything is then asked for anew.
export function setToken(token: string) {
  sessionStorage.setItem(TOKEN, token);
  location.reload();
}

function headers(more: Record<string, string>): Record<string, string> {
  const token = sessionStorage.getItem(TOKEN);
  return token ? { ...more, Authorization: `Bearer ${token}` } : more;
}

async function refusal(response: Response): Promise<Problem> {
  if (response.status === 401) tokenWanted.value = sessionStorage.getItem(TOKEN) ? 'another' : 'first';
  const body = (await response.json().catch(() => ({}))) as ProblemBody;
  return new Problem(response.status, body.code ?? `http-${response.status}`, body.detail ?? body.title ?? response.statusText);
}

// Any answer but 2xx throws a Problem.
export async function send(method: string, path: string, options: { body?: Json; accept?: string; signal?: AbortSignal } = {}) {
  const more: Record<string, string> = { Accept: options.accept ?? 'application/json' };
  if (options.body !== undefined) more['Content-Type'] = 'application/json';
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const response = await fetch(path, { method, headers: headers(more), body, signal: options.signal, cache: 'no-store' });
  if (!response.ok) throw await refusal(response);
  return response;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await send('GET', path, { signal })).json() as Promise<T>;
}

export async function post<T>(path: string, body: Json, signal?: AbortSignal): Promise<T> {
  return (await send('POST', path, { body, signal })).json() as Promise<T>;
}

export const sagaPath = (id: string) => `/v1/sagas/${encodeURIComponent(id)}`;

export const workflowPath = (workflow: string, version?: string) =>
  `/v1/workflows/${workflow.split('/').map(encodeURIComponent).join('/')}${version ? '/' + encodeURIComponent(version) : ''}`;
