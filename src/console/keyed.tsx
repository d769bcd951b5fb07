// Keys and the clock: what everything on the screen needs, before and after somebody is signed in.
import { useState, type ReactNode } from 'react';
import { KeyInput } from './components/key-input.tsx';
import { TickProvider } from './components/tick.tsx';
import type { KeyTable } from './keymap/commands.ts';
import { createKeyRouter } from './keymap/router.ts';
import { KeyRouterContext } from './keymap/use-keys.ts';
import { useSettings } from './settings-frame.tsx';

/** How often clock and ages are counted again. */
const STEP_MS = 1000;
const SLOW_STEP_MS = 10_000;

interface KeyedProps {
  readonly keyTable: KeyTable;
  readonly now: () => number;
  readonly onUnknown: (name: string) => void;
  readonly children: ReactNode;
}

export function Keyed({ keyTable, now, onUnknown, children }: KeyedProps) {
  const [router] = useState(() => createKeyRouter(keyTable, (key) => onUnknown(key.name)));
  const { settings } = useSettings();
  return (
    <KeyRouterContext value={router}>
      <KeyInput router={router} />
      <TickProvider clock={now} stepMs={settings.reducedMotion ? SLOW_STEP_MS : STEP_MS}>
        {children}
      </TickProvider>
    </KeyRouterContext>
  );
}
