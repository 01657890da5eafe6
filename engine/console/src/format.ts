// How times, durations and data are written; pure.

import type { Json, ProblemBody } from './api/types';

const UNITS: [string, number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
];

// 850ms, 4.2s, 3m 20s, 2h 5m, 3d 4h.
export function duration(ms: number): string {
  if (ms < 0) return '0ms';
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  if (ms < 10_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  const at = UNITS.findIndex(([, size]) => ms >= size);
  const [unit, size] = UNITS[at]!;
  const whole = `${Math.floor(ms / size)}${unit}`;
  const lower = UNITS[at + 1];
  const rest = lower ? Math.floor((ms % size) / lower[1]) : 0;
  return rest > 0 ? `${whole} ${rest}${lower![0]}` : whole;
}

export function between(from: string, to: string | null, now: number): number {
  return (to ? Date.parse(to) : now) - Date.parse(from);
}

export function ago(time: string, now: number): string {
  const ms = now - Date.parse(time);
  if (ms < -999) return `in ${duration(-ms)}`;
  if (ms < 1_000) return 'just now';
  return `${duration(ms).split(' ')[0]} ago`.replace(/\.\d/, '');
}

const two = (n: number) => String(n).padStart(2, '0');

// Local time; the day only where it is not today.
export function clock(time: string, now: number, withMs = false): string {
  const at = new Date(time);
  const ms = withMs ? '.' + String(at.getMilliseconds()).padStart(3, '0') : '';
  const hour = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}${ms}`;
  const today = new Date(now).toDateString() === at.toDateString();
  return today ? hour : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${hour}`;
}

export function count(n: number, one: string, many = one + 's'): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}

// One line of data.
export function brief(value: unknown, most = 160): string {
  const text = JSON.stringify(value) ?? '';
  return text.length > most ? text.slice(0, most) + '…' : text;
}

// "order.paid about order-1": an event, or what kind of event is awaited.
export function aboutEvent({ type, subject }: { type: string; subject?: string }): string {
  return subject ? `${type} about ${subject}` : type;
}

export function errorText(error: ProblemBody | string | null | undefined): string {
  if (!error) return '';
  if (typeof error === 'string') return error;
  return error.detail ?? error.title ?? error.code ?? error.type ?? brief(error);
}

// "/do/4/charge" is "charge": the last part that is a name. "/do/4/charge/compensate" is its undo.
export function stepName(reference: string): string {
  const parts = reference.split('/').filter((part) => part && !/^\d+$/.test(part));
  const last = parts[parts.length - 1] ?? reference;
  return last === 'compensate' && parts.length > 1 ? `undo of ${parts[parts.length - 2]}` : last;
}

export function isEmpty(value: Json | undefined): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
