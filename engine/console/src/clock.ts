// The current time, for what is shown relative to it: once a second, and only while somebody looks.

import { signal } from '@preact/signals';

export const now = signal(Date.now());

setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1000);
