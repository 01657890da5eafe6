// A text that is to be JSON, read as it is typed.

import { useId } from 'preact/hooks';
import type { Json } from '../api/types';

export type ReadJson = { ok: true; value: Json } | { ok: false; error: string };

export function readJson(text: string): ReadJson {
  try {
    return { ok: true, value: JSON.parse(text) as Json };
  } catch (error) {
    return { ok: false, error: (error as Error).message };
  }
}

interface Props {
  label: string;
  text: string;
  // What is wrong with it; null: nothing.
  error: string | null;
  readOnly?: boolean;
  onText: (text: string) => void;
}

export function JsonField({ label, text, error, readOnly, onText }: Props) {
  const id = useId();
  return (
    <div class="stack">
      <label class="stack">
        {label}
        <textarea rows={4} spellcheck={false} value={text} readOnly={readOnly} aria-invalid={error !== null} aria-describedby={id} onInput={(event) => onText(event.currentTarget.value)} />
      </label>
      <span id={id} class="field-error" role="status">
        {error}
      </span>
    </div>
  );
}
