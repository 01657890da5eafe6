// What is around every view: where one can go, whether the engine is there, the theme, and the keys.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { isToken, setToken, tokenWanted } from './api/client';
import { HelpDialog } from './help';
import { useKeys } from './keyboard';
import { connection, overview } from './live';
import { go, place } from './router';
import { theme, type Theme } from './theme';
import { Dialog } from './ui/dialog';
import { Icon, type IconName } from './ui/icons';

const PLACES: [string, string, IconName, string][] = [
  ['/sagas', 'Sagas', 'sagas', 's'],
  ['/stuck', 'Stuck', 'stuck', 't'],
  ['/workflows', 'Workflows', 'workflows', 'w'],
  ['/workers', 'Workers', 'workers', 'k'],
];

const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const THEME_ICONS: Record<Theme, IconName> = { system: 'system', light: 'sun', dark: 'moon' };

function Navigation() {
  const stuck = overview.value?.sagas.stuck ?? 0;
  return (
    <nav aria-label="Views">
      {PLACES.map(([href, name, icon]) => (
        <a key={href} href={href} aria-current={'/' + place.value.parts[0] === href ? 'page' : undefined}>
          <Icon name={icon} />
          <span>{name}</span>
          {href === '/stuck' && stuck > 0 && (
            <span class="badge" aria-label={`${stuck} stuck`}>
              {stuck > 999 ? '999+' : stuck}
            </span>
          )}
        </a>
      ))}
    </nav>
  );
}

const CONNECTION_WORDS = { connecting: 'connecting', open: 'live', lost: 'connection lost' };

function Connection() {
  const ready = overview.value?.ready;
  const troubled = connection.value === 'open' && ready && !(ready.log && ready.broker);
  return (
    <p class={`connection is-${troubled ? 'troubled' : connection.value}`} role="status" title={troubled ? ready.detail : undefined}>
      <span class="dot" aria-hidden="true" />
      <span>{troubled ? (ready.broker ? 'log failed' : 'broker away') : CONNECTION_WORDS[connection.value]}</span>
    </p>
  );
}

function TokenDialog() {
  const [text, setText] = useState('');
  const token = text.trim();
  const wrong = token !== '' && !isToken(token);
  return (
    <Dialog title="This engine wants a token">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isToken(token)) setToken(token);
        }}
      >
        <label class="stack">
          Token; it is kept in this tab until it is closed
          <input type="password" required autofocus autocomplete="off" value={text} aria-invalid={wrong} onInput={(event) => setText(event.currentTarget.value)} />
        </label>
        {wrong ? (
          <p class="warn" role="alert">
            A token has letters, digits and signs of ASCII alone.
          </p>
        ) : tokenWanted.value === 'another' ? (
          <p class="warn" role="alert">
            The token that was given is wrong.
          </p>
        ) : null}
        <footer>
          <button class="primary" disabled={token === '' || wrong}>
            Go on
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

export function Shell({ children }: { children: ComponentChildren }) {
  const [help, setHelp] = useState(false);
  useKeys({
    '?': () => setHelp(true),
    '/': () => document.querySelector<HTMLElement>('[data-search]')?.focus(),
    ...Object.fromEntries(PLACES.map(([href, , , key]) => [`g ${key}`, () => go(href)])),
  });
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), document.getElementById('main')!.focus())}>
        Skip to the content
      </a>
      <aside class="side">
        <a class="brand" href="/sagas" aria-label="Skald, all sagas">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="8" />
            <path d="M11 25V7m0 3 10 5.5M11 17l10 5.5" />
          </svg>
          <span>Skald</span>
        </a>
        <Navigation />
        <span class="spread" />
        <Connection />
        <div class="side-tools">
          <button type="button" class="icon" aria-label={`Theme: ${theme.value}`} title={`Theme: ${theme.value}`} onClick={() => (theme.value = NEXT[theme.value])}>
            <Icon name={THEME_ICONS[theme.value]} />
          </button>
          <button type="button" class="icon" aria-label="Keys" title="Keys (?)" onClick={() => setHelp(true)}>
            <Icon name="help" />
          </button>
        </div>
      </aside>
      <main id="main" tabIndex={-1}>
        {connection.value === 'lost' && (
          <p class="banner" role="alert">
            The connection to the engine is lost; what you see may be old. It is tried again.
          </p>
        )}
        {children}
      </main>
      {help && <HelpDialog onClose={() => setHelp(false)} />}
      {tokenWanted.value !== 'none' && <TokenDialog />}
    </>
  );
}
