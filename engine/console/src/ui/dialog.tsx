// The browser's own modal dialog: it keeps the focus inside, and Escape closes it where it can be closed.

import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Icon } from './icons';

// The latest is on top.
const shown: HTMLDialogElement[] = [];

interface Props {
  title: string;
  wide?: boolean;
  // Absent: it cannot be closed.
  onClose?: () => void;
  children: ComponentChildren;
}

export function Dialog({ title, wide, onClose, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    const dialog = ref.current!;
    const before = document.activeElement as HTMLElement | null;
    dialog.showModal();
    shown.push(dialog);
    // Browsers close a dialog at the second Escape, whatever is said at the first; of a key that is taken they know nothing.
    // Where the element with the focus has gone, the key comes to the document alone.
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.isComposing || shown[shown.length - 1] !== dialog) return;
      event.preventDefault();
      close.current?.();
    };
    document.addEventListener('keydown', press, true);
    return () => {
      document.removeEventListener('keydown', press, true);
      shown.splice(shown.indexOf(dialog), 1);
      dialog.close();
      before?.focus?.();
    };
  }, []);
  const cancel = (event: Event) => {
    event.preventDefault();
    onClose?.();
  };
  return (
    <dialog ref={ref} class={wide ? 'wide' : ''} aria-labelledby={id} onCancel={cancel}>
      <header>
        <h2 id={id}>{title}</h2>
        {onClose && (
          <button type="button" class="icon" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        )}
      </header>
      {children}
    </dialog>
  );
}
