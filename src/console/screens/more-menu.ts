// What tab 9 opens: the screens that have no tab of their own, each by a letter.
import type { ActMenuItem } from '../components/act-menu.tsx';
import type { Console } from './console-context.ts';
import { moreEntries, placeText } from './place.ts';

/** What the role may not look at is absent. */
export function moreItems({ go, may }: Pick<Console, 'go' | 'may'>): ActMenuItem[] {
  return moreEntries
    .filter(({ needs }) => needs === undefined || may(needs))
    .map(({ letter, title, place }) => ({
      letter,
      label: title,
      hint: placeText(place),
      run: () => go(place),
    }));
}
