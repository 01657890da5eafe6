// A stream of server-sent events by fetch (EventSource can send no token), connected again when it ends.

import { Problem, send } from './client';
import { SseParser, type ServerEvent } from './sse';

export type Connection = 'connecting' | 'open' | 'lost';

// The engine says something every second; silence of this length is a connection that nobody has told of its end.
const SILENCE_MS = 10_000;
const LONGEST_PAUSE_MS = 5_000;

// Returns what ends it. `onConnection('open')` at every connection, so that what was missed is fetched.
export function follow(path: string, onEvent: (event: ServerEvent) => void, onConnection: (state: Connection) => void): () => void {
  const stop = new AbortController();
  void run(path, onEvent, onConnection, stop.signal);
  return () => stop.abort();
}

async function run(
  path: string,
  onEvent: (event: ServerEvent) => void,
  onConnection: (state: Connection) => void,
  stopped: AbortSignal,
) {
  onConnection('connecting');
  for (let tries = 0; !stopped.aborted; ++tries) {
    try {
      await readOnce(
        path,
        onEvent,
        () => {
          tries = 0;
          onConnection('open');
        },
        stopped,
      );
    } catch (error) {
      // The shell asks for a token, and begins anew with it.
      if (error instanceof Problem && error.status === 401) return;
    }
    if (stopped.aborted) return;
    onConnection('lost');
    await pause(Math.min(250 * 2 ** tries, LONGEST_PAUSE_MS) * (0.75 + Math.random() / 2), stopped);
  }
}

async function readOnce(path: string, onEvent: (event: ServerEvent) => void, opened: () => void, stopped: AbortSignal) {
  const silent = new AbortController();
  const stop = () => silent.abort();
  stopped.addEventListener('abort', stop);
  let timer = setTimeout(stop, SILENCE_MS);
  try {
    const response = await send('GET', path, { accept: 'text/event-stream', signal: silent.signal });
    opened();
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new SseParser();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(stop, SILENCE_MS);
      parser.push(value).forEach(onEvent);
    }
  } finally {
    clearTimeout(timer);
    stopped.removeEventListener('abort', stop);
    silent.abort(); // it may have been left with the connection open
  }
}

function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stopped.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    stopped.addEventListener('abort', end);
  });
}
