// Which rows are chosen, by their runs; pure. A range goes from where the last choice was made.

export interface Selection {
  runs: ReadonlySet<string>;
  from: string | null;
}

export const NOTHING: Selection = { runs: new Set(), from: null };

export function toggle(selection: Selection, run: string): Selection {
  const runs = new Set(selection.runs);
  if (!runs.delete(run)) runs.add(run);
  return { runs, from: run };
}

// All from the last choice to this one, in the order in which they are shown.
export function extend(selection: Selection, run: string, shown: string[]): Selection {
  const start = selection.from === null ? -1 : shown.indexOf(selection.from);
  const end = shown.indexOf(run);
  if (start < 0 || end < 0) return toggle(selection, run);
  const runs = new Set(selection.runs);
  for (const each of shown.slice(Math.min(start, end), Math.max(start, end) + 1)) runs.add(each);
  return { runs, from: selection.from };
}
