// Who gets a key. Layers lie on each other: the frame at the bottom, then the screen, then whatever is
// open above it. A layer either answers named commands or takes every key for itself (dialogs, text).
import type { CommandId, KeyTable } from './commands.ts';
import type { KeyPress } from './key-press.ts';

export type CommandHandlers = { [Id in CommandId]?: ((key: KeyPress) => void) | undefined };

export interface CommandLayer {
  readonly kind: 'commands';
  readonly level: number;
  handlers: CommandHandlers;
}

/** Takes every key that reaches it, and pasted text. */
export interface CaptureLayer {
  readonly kind: 'capture';
  readonly level: number;
  take: (key: KeyPress) => void;
  paste: (text: string) => void;
}

export type Layer = CommandLayer | CaptureLayer;

export const levels = { frame: 0, screen: 10, part: 20, prompt: 30, overlay: 40 } as const;
export type Level = keyof typeof levels;

const alwaysOpen: ReadonlySet<string> = new Set(['ctrl-c', 'ctrl-z']);

export interface KeyRouter {
  readonly table: KeyTable;
  add(layer: Layer): () => void;
  /** Tells readers of `active` that the set of answered commands changed. */
  touch(): void;
  press(key: KeyPress): void;
  paste(text: string): void;
  /** Commands that a key can give now, topmost layer first; the same array until `touch`. */
  active(): readonly CommandId[];
  isCaptured(): boolean;
  subscribe(listener: () => void): () => void;
}

/** `onUnknown` is told of keys that nobody answers, so that none is silently lost. */
export function createKeyRouter(table: KeyTable, onUnknown: (key: KeyPress) => void): KeyRouter {
  let layers: Layer[] = [];
  let activeNow: readonly CommandId[] | null = null;
  const listeners = new Set<() => void>();
  const touch = () => {
    activeNow = null;
    for (const listener of listeners) listener();
  };

  return {
    table,
    touch,
    add(layer) {
      // Later layers of one level lie above earlier ones.
      layers = [...layers, layer].sort((a, b) => a.level - b.level);
      touch();
      return () => {
        layers = layers.filter((other) => other !== layer);
        touch();
      };
    },
    press(key) {
      for (const layer of layers.toReversed()) {
        // A form or a dialog must never keep anybody from leaving or suspending.
        if (layer.kind === 'capture') {
          if (!alwaysOpen.has(key.name)) return layer.take(key);
          continue;
        }
        const handler = handlerFor(table, layer.handlers, key);
        if (handler !== undefined) return handler(key);
      }
      onUnknown(key);
    },
    paste(text) {
      const top = layers.findLast((layer) => layer.kind === 'capture');
      if (top?.kind === 'capture') top.paste(text);
    },
    active() {
      activeNow ??= activeCommands(table, layers);
      return activeNow;
    },
    isCaptured: () => layers.some((layer) => layer.kind === 'capture'),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function handlerFor(table: KeyTable, handlers: CommandHandlers, key: KeyPress) {
  for (const [id, handler] of Object.entries(handlers) as [CommandId, CommandHandlers[CommandId]][]) {
    if (handler !== undefined && table[id].keys.includes(key.name)) return handler;
  }
  return undefined;
}

/** A command whose every key is taken by a layer above is not offered. */
function activeCommands(table: KeyTable, layers: readonly Layer[]): CommandId[] {
  const taken = new Set<string>();
  const active: CommandId[] = [];
  for (const layer of layers.toReversed()) {
    if (layer.kind === 'capture') break;
    for (const [id, handler] of Object.entries(layer.handlers) as [CommandId, unknown][]) {
      if (handler === undefined) continue;
      const free = table[id].keys.filter((key) => !taken.has(key));
      if (free.length > 0) active.push(id);
      for (const key of free) taken.add(key);
    }
  }
  return active;
}
