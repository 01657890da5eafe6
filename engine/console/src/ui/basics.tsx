// Small pieces that every view uses.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { problemOf } from '../api/client';
import { now } from '../clock';
import { ago, between, clock, duration } from '../format';
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

export function Copy({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <button type="button" class="icon" aria-label={label} title={label} onClick={copy}>
      <Icon name={copied ? 'check' : 'copy'} />
      <span class="hidden" role="status">
        {copied ? 'copied' : ''}
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
