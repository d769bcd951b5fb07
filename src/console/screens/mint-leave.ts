// Leaving asks once while a secret was neither copied nor written: it cannot be shown again.
import { useState } from 'react';
import { plural } from '../format/amount.ts';
import { useCommands } from '../keymap/use-keys.ts';
import { useConsole } from './console-context.ts';
import { tabs } from './place.ts';

/** `unsecured`: how many secrets would be lost. */
export function useLeaveGuard(unsecured: number, what: string = 'key'): void {
  const { confirm, back, go, session } = useConsole();
  const [wasAsked, setAsked] = useState(false);
  const ask = (leave: () => void) =>
    confirm({
      title: `Forget ${plural(unsecured, 'secret')}`,
      consequence: [
        `${plural(unsecured, what)} ${unsecured === 1 ? 'was' : 'were'} neither copied nor written. What is secret cannot be shown again; the ${what} stays valid until it expires or is revoked.`,
      ],
      verb: 'Forget them',
      tone: 'caution',
      onConfirm: async () => {
        setAsked(true);
        leave();
      },
    });
  const again = (what: string) => () =>
    ask(() => session.notify({ tone: 'plain', text: `${what} again to leave` }));
  const isGuarded = unsecured > 0 && !wasAsked;
  useCommands(
    isGuarded
      ? {
          'app.back': () => ask(back),
          'app.history_back': () => ask(back),
          'app.tab': (key) => {
            const tab = tabs.find(({ number }) => String(number) === key.name);
            if (tab !== undefined) ask(() => go(tab.place));
            else again(key.name)();
          },
          'app.history_forward': again(']'),
          'app.command': again(':'),
          'app.quit': again('ctrl-c'),
        }
      : {},
  );
}
