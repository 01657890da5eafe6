// What a command line of `skald` orders, where it is one that the console can give as well; pure.

import { VERBS, type Verb } from '../api/types';

export interface Action {
  verb: Verb;
  step?: string;
  signal?: string; // its name
}

// As a shell takes it apart, as far as the engine quotes: engine/inspect/explain_text.cc.
function wordsOf(command: string): string[] {
  const words = command.match(/(?:'[^']*'|\\'|[^\s'\\])+/g) ?? [];
  return words.map((word) => word.replace(/'([^']*)'|\\'/g, (_, inside?: string) => inside ?? "'"));
}

export function actionOf(command: string): Action | null {
  const words = wordsOf(command);
  const verb = VERBS.find((each) => each === words[1]);
  if (words[0] !== 'skald' || !verb) return null;
  if (verb === 'signal') return words[3] ? { verb, signal: words[3] } : null;
  const step = words.indexOf('--step');
  return step > 0 && words[step + 1] ? { verb, step: words[step + 1] } : { verb };
}
