// How many sagas there are of each status: of all as the stream tells, of those that a filter means as the engine counts.

import { useEffect, useState } from 'preact/hooks';
import { get } from '../api/client';
import { STATUSES, type Status } from '../api/types';
import { onChange, overview } from '../live';
import { isFiltered, queryOf, type Filter } from './filter';

const AGAIN_MS = 2000;

type Counts = Partial<Record<Status, number>>;

async function counted(filter: Filter, signal: AbortSignal): Promise<Counts> {
  const each = STATUSES.map(async (status) => {
    const query = queryOf({ ...filter, status: [status] }, Date.now());
    query.set('count', 'true');
    return [status, (await get<{ count: number }>(`/v1/sagas?${query}`, signal)).count] as const;
  });
  return Object.fromEntries(await Promise.all(each));
}

export function useCounts(filter: Filter): Counts {
  const [counts, setCounts] = useState<Counts>({});
  const narrowed = isFiltered({ ...filter, status: [] });
  const key = queryOf({ ...filter, status: [] }, 0).toString();
  useEffect(() => {
    setCounts({}); // those of another filter say nothing of this one
    if (!narrowed) return;
    const stop = new AbortController();
    let changed = true;
    let busy = false;
    // A count takes as long as there are sagas: the next is asked for when the last is answered.
    const ask = async () => {
      if (!changed || busy) return;
      changed = false;
      busy = true;
      const found = await counted(filter, stop.signal).catch(() => null);
      if (found && !stop.signal.aborted) setCounts(found);
      busy = false;
    };
    void ask();
    const timer = setInterval(ask, AGAIN_MS);
    const unlisten = onChange(() => (changed = true));
    return () => {
      stop.abort();
      clearInterval(timer);
      unlisten();
    };
  }, [key]);
  return narrowed ? counts : (overview.value?.sagas ?? {});
}
