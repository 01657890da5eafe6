// Moves the whole view through time: its place is an event, the last one is now.

import { useEffect, useState } from 'preact/hooks';
import type { SagaEvent } from '../api/types';
import { stepName } from '../format';
import { Clock } from '../ui/basics';
import { Icon } from '../ui/icons';

const FRAME_MS = 350;

interface Props {
  events: SagaEvent[];
  at: number | null;
  // null: now, and whatever comes.
  onAt: (seq: number | null) => void;
}

function tell(event: SagaEvent | undefined): string {
  return event ? `${event.type}${event.step ? ' ' + stepName(event.step) : ''}` : '';
}

export function Slider({ events, at, onAt }: Props) {
  const [playing, setPlaying] = useState(false);
  const last = events.length;
  const place = at ?? last;
  const event = events[place - 1];
  const to = (seq: number) => onAt(seq >= last ? null : Math.max(1, seq));
  useEffect(() => {
    if (!playing) return;
    if (at === null) return setPlaying(false);
    const timer = setTimeout(() => to(place + 1), FRAME_MS);
    return () => clearTimeout(timer);
  }, [playing, place, at]);
  const play = () => {
    if (!playing && at === null) onAt(1);
    setPlaying(!playing);
  };
  return (
    <section class={at === null ? 'slider' : 'slider past'} aria-label="Time">
      <button type="button" class="icon" aria-label={playing ? 'Pause' : 'Play from the start'} onClick={play}>
        <Icon name={playing ? 'pause' : 'play'} />
      </button>
      <button type="button" class="icon" aria-label="One event back" disabled={place <= 1} onClick={() => to(place - 1)}>
        <Icon name="left" />
      </button>
      <input
        type="range"
        min={1}
        max={Math.max(1, last)}
        value={place}
        aria-label="Event"
        aria-valuetext={`event ${place} of ${last}: ${tell(event)}`}
        onInput={(input) => to(Number(input.currentTarget.value))}
      />
      <button type="button" class="icon" aria-label="One event on" disabled={at === null} onClick={() => to(place + 1)}>
        <Icon name="right" />
      </button>
      <span class="slider-text">
        <b>
          {place}/{last}
        </b>{' '}
        <code>{tell(event)}</code> {event && <Clock time={event.at} ms />}
      </span>
      <button type="button" class="now" disabled={at === null} onClick={() => onAt(null)}>
        {at === null ? 'Now' : 'Back to now'}
      </button>
    </section>
  );
}
