// Versions by semver, the latest first; pure.

import type { Definition } from '../api/types';

function compare(a: string, b: string): number {
  const [core, pre = ''] = a.split('+')[0]!.split(/-(.*)/s);
  const [otherCore, otherPre = ''] = b.split('+')[0]!.split(/-(.*)/s);
  return numbers(core!, otherCore!) || (pre && otherPre ? identifiers(pre, otherPre) : pre ? -1 : otherPre ? 1 : 0);
}

function numbers(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let i = 0; i < 3; ++i) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

// Numbers come before words, and fewer before more.
function identifiers(a: string, b: string): number {
  const [left, right] = [a.split('.'), b.split('.')];
  for (let i = 0; i < Math.min(left.length, right.length); ++i) {
    const [x, y] = [left[i]!, right[i]!];
    if (x === y) continue;
    const [xIsNumber, yIsNumber] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (xIsNumber && yIsNumber) return Number(x) - Number(y);
    if (xIsNumber !== yIsNumber) return xIsNumber ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}

export function latestFirst(definitions: Definition[]): Definition[] {
  return [...definitions].sort((a, b) => compare(b.version, a.version));
}
