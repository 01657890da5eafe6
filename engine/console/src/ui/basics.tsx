// Small pieces that every view uses.

import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { problemOf } from '../api/client';
import { now } from '../clock';
import { ago, between, clock, duration } from '../format';
import { copyText } from './clipboard';
import { Icon } from './icons';

// The sign says the same as the colour.
const SIGNS: Record<string, string> = {
  running: '▶',
  compensating: '↩',
  stuck: '!',
  suspended: '❚❚',
  completed: '✓',
  compensated: '⟲',
  failed: '✕',
  cancelled: '⊘',
  terminated: '■',
};

export function Status({ status }: { status: string }) {
  return (
    <span class={`status is-${status}`}>
      <span class="sign" aria-hidden="true">
        {SIGNS[status] ?? '•'}
      </span>
      {status}
    </span>
  );
}

export function Ago({ time }: { time: string }) {
  return (
    <time dateTime={time} title={clock(time, 0, true)}>
      {ago(time, now.value)}
    </time>
  );
}

export function Clock({ time, ms = false }: { time: string; ms?: boolean }) {
  return (
    <time dateTime={time} title={time}>
      {clock(time, now.value, ms)}
    </time>
  );
}

// From one time to another, or until now, and then it grows.
export function Took({ from, to }: { from: string; to: string | null }) {
  return <>{duration(between(from, to, to ? 0 : now.value))}</>;
}

const COPIED = { '': 'copy', copied: 'check', 'not copied': 'close' } as const;
const TOLD_MS = 1500;

export function Copy({ text, label }: { text: string; label: string }) {
  const [told, setTold] = useState<keyof typeof COPIED>('');
  const end = useRef<ReturnType<typeof setTimeout>>(undefined); // the timer that ends what is told: of the last click alone
  const copy = async (button: HTMLElement) => {
    setTold((await copyText(text, button)) ? 'copied' : 'not copied');
    clearTimeout(end.current);
    end.current = setTimeout(() => setTold(''), TOLD_MS);
  };
  return (
    <button type="button" class="icon" aria-label={label} title={told === 'not copied' ? 'The browser does not let this page copy' : label} onClick={(event) => copy(event.currentTarget)}>
      <Icon name={COPIED[told]} />
      <span class="hidden" role="status">
        {told}
      </span>
    </button>
  );
}

export function ProblemBox({ error, children }: { error: unknown; children?: ComponentChildren }) {
  const problem = problemOf(error);
  return (
    <div class="problem" role="alert">
      <code>{problem.code}</code> {problem.message}
      {children}
    </div>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

export function Loading() {
  return (
    <p class="empty" role="status">
      Loading…
    </p>
  );
}
