// Data, indented, and folded where it is long.

import type { Json } from '../api/types';
import { brief } from '../format';

const OPEN_BELOW = 40; // members, of a value that is shown unfolded at once

function Scalar({ value }: { value: Json | undefined }) {
  const kind = value === null || value === undefined ? 'null' : typeof value;
  return <span class={`json-${kind}`}>{JSON.stringify(value ?? null)}</span>;
}

function Member({ name, value, depth }: { name: string; value: Json; depth: number }) {
  const label = <span class="json-name">{name}</span>;
  if (value === null || typeof value !== 'object' || Object.keys(value).length === 0) {
    return (
      <div class="json-row">
        {label}: <Scalar value={value} />
      </div>
    );
  }
  return (
    <details class="json-row" open={depth < 2 && Object.keys(value).length < OPEN_BELOW}>
      <summary>
        {label}: <span class="json-brief">{brief(value, 80)}</span>
      </summary>
      <Members value={value} depth={depth + 1} />
    </details>
  );
}

function Members({ value, depth }: { value: object; depth: number }) {
  return (
    <div class="json-members">
      {Object.entries(value).map(([name, member]) => (
        <Member key={name} name={name} value={member as Json} depth={depth} />
      ))}
    </div>
  );
}

export function JsonView({ value }: { value: unknown }) {
  if (value === null || value === undefined || typeof value !== 'object' || Object.keys(value).length === 0) {
    return (
      <div class="json">
        <Scalar value={value as Json} />
      </div>
    );
  }
  return (
    <div class="json">
      <Members value={value} depth={0} />
    </div>
  );
}
