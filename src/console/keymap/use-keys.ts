// How a part of the tree answers keys while it is mounted.
import { createContext, useContext, useLayoutEffect, useRef, useSyncExternalStore } from 'react';
import { commands, type CommandId, type KeyTable } from './commands.ts';
import type { KeyPress } from './key-press.ts';
import {
  createKeyRouter,
  levels,
  type CommandHandlers,
  type CommandLayer,
  type KeyRouter,
  type Level,
} from './router.ts';

export const KeyRouterContext = createContext<KeyRouter>(createKeyRouter(commands, () => {}));

/**
 * Answers these commands while mounted; `undefined` in place of a function means: not here, not now. The
 * bottom line and help show exactly what is answered.
 */
export function useCommands(handlers: CommandHandlers, level: Level = 'screen'): void {
  const router = useContext(KeyRouterContext);
  const layer = useRef<CommandLayer | null>(null);
  const ids = Object.keys(handlers)
    .filter((id) => handlers[id as CommandId] !== undefined)
    .join(' ');

  useLayoutEffect(() => {
    const mounted: CommandLayer = { kind: 'commands', level: levels[level], handlers: {} };
    layer.current = mounted;
    return router.add(mounted);
  }, [router, level]);
  // Every render brings new closures; only a changed set is news to the bottom line.
  useLayoutEffect(() => {
    if (layer.current !== null) layer.current.handlers = handlers;
  });
  useLayoutEffect(() => router.touch(), [router, ids]);
}

/** Takes every key and all pasted text while mounted: for dialogs, forms and lines of text. */
export function useCapture(
  take: (key: KeyPress) => void,
  paste: (text: string) => void = () => {},
  level: Level = 'overlay',
): void {
  const router = useContext(KeyRouterContext);
  const latest = useRef({ take, paste });
  useLayoutEffect(() => {
    latest.current = { take, paste };
  });
  useLayoutEffect(
    () =>
      router.add({
        kind: 'capture',
        level: levels[level],
        take: (key) => latest.current.take(key),
        paste: (text) => latest.current.paste(text),
      }),
    [router, level],
  );
}

/** The key table in use, the operator's own keys included. */
export function useKeyTable(): KeyTable {
  return useContext(KeyRouterContext).table;
}

/** The commands that keys give now. */
export function useActiveCommands(): readonly CommandId[] {
  const router = useContext(KeyRouterContext);
  return useSyncExternalStore(router.subscribe, router.active);
}
