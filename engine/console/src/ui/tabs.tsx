// Tabs, as ARIA has them: one stop of the Tab key, the arrows move among them.

interface Props<T extends string> {
  label: string;
  names: readonly T[];
  current: T;
  onTab: (name: T) => void;
}

export function Tabs<T extends string>({ label, names, current, onTab }: Props<T>) {
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const next = names[(names.indexOf(current) + by + names.length) % names.length]!;
    onTab(next);
    (event.currentTarget as HTMLElement).querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
      {names.map((name) => (
        <button key={name} type="button" role="tab" data-tab={name} aria-selected={name === current} tabIndex={name === current ? 0 : -1} onClick={() => onTab(name)}>
          {name}
        </button>
      ))}
    </div>
  );
}
