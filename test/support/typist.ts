// A person at a console: what is pressed is counted, names and reasons that are typed are not.
import { performance } from 'node:perf_hooks';
import { DEAF_MS } from '../../src/console/components/confirm-dialog.tsx';
import type { Pty } from './pty.ts';
import { until } from './until.ts';

export interface Typist {
  /** Presses one key once the screen shows `when`. */
  press(key: string, when: RegExp): Promise<void>;
  /** Types or pastes what only this person can know. */
  write(text: string): void;
  /** The same as `press`, for a dialog, which is deaf in its first moments. */
  pressIn(dialog: RegExp, key: string): Promise<void>;
  /** Keys so far. */
  strokes(): number;
}

export function typistAt(screen: Pty): Typist {
  let strokes = 0;
  const hit = (key: string) => {
    strokes += 1;
    screen.type(key);
  };
  return {
    async press(key, when) {
      await screen.shows(when);
      hit(key);
    },
    write: (text) => screen.type(text),
    async pressIn(dialog, key) {
      await screen.shows(dialog);
      const seenAt = performance.now();
      await until('the dialog listens', () => performance.now() - seenAt > DEAF_MS);
      if (key !== '') hit(key);
    },
    strokes: () => strokes,
  };
}
