// What is copied, also where the browser has no clipboard for the page: over plain http it has none but on this machine.

// Whether it was. `beside`: an element that has the focus or may have it, so not one behind a dialog.
export async function copyText(text: string, beside: HTMLElement): Promise<boolean> {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
    return copySelected(text, beside);
  } catch {
    return false;
  }
}

// The old way: whatever is selected.
function copySelected(text: string, beside: HTMLElement): boolean {
  const field = document.createElement('textarea');
  field.className = 'hidden';
  field.readOnly = true;
  field.value = text;
  beside.after(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  beside.focus();
  return copied;
}
