// All keys.

import { Dialog } from './ui/dialog';

const KEYS: [string, [string, string][]][] = [
  [
    'Everywhere',
    [
      ['?', 'this'],
      ['/', 'search, or filter'],
      ['g s', 'sagas'],
      ['g t', 'stuck sagas'],
      ['g w', 'workflows'],
      ['g k', 'workers'],
      ['Esc', 'close, clear, go back'],
    ],
  ],
  [
    'Lists',
    [
      ['j k ↓ ↑', 'next, previous'],
      ['Enter', 'open'],
      ['x Space', 'select'],
      ['J K ⇧↓ ⇧↑', 'select on the way'],
      ['*', 'select all that are loaded'],
      ['Home End', 'first, last'],
    ],
  ],
  [
    'One saga',
    [
      ['1 2 3 4', 'graph, timeline, events, data'],
      ['[ ]', 'one event back, on'],
      ['← →', 'the same, on the slider'],
      ['0', 'back to now'],
      ['j k Enter', 'among events: move, unfold'],
    ],
  ],
  ['Stuck', [['r', 'retry the one that is marked']]],
];

export function HelpDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" wide onClose={onClose}>
      <div class="help">
        {KEYS.map(([title, keys]) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {keys.map(([key, what]) => (
                <div key={key}>
                  <dt>
                    {key.split(' ').map((each) => (
                      <kbd key={each}>{each}</kbd>
                    ))}
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
