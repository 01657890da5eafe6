// What a command line of `skald` orders, where it is one that the console can give as well; pure.

import { VERBS, type Verb } from '../api/types';

export interface Action {
  verb: Verb;
  step?: string;
}

export function actionOf(command: string): Action | null {
  const words = command.trim().split(/\s+/);
  const verb = VERBS.find((each) => each === words[1]);
  if (words[0] !== 'skald' || !verb) return null;
  const step = words.indexOf('--step');
  return step > 0 && words[step + 1] ? { verb, step: words[step + 1] } : { verb };
}
