// What a place keeps while the operator is elsewhere: cursor, marks, filter, scroll, half-typed text.
import { createContext, useCallback, useContext, useState } from 'react';

export type Memory = Map<string, unknown>;

export const MemoryContext = createContext<Memory>(new Map());

/** Like useState, but the value is still there when the operator comes back to this place. */
export function useRemembered<Value>(
  key: string,
  initial: Value,
): readonly [Value, (next: Value | ((previous: Value) => Value)) => void] {
  const memory = useContext(MemoryContext);
  const [, redraw] = useState(0);
  const value = memory.has(key) ? (memory.get(key) as Value) : initial;
  const set = useCallback(
    (next: Value | ((previous: Value) => Value)) => {
      const previous = memory.has(key) ? (memory.get(key) as Value) : initial;
      const decided = typeof next === 'function' ? (next as (previous: Value) => Value)(previous) : next;
      if (Object.is(previous, decided) && memory.has(key)) return;
      memory.set(key, decided);
      redraw((count) => count + 1);
    },
    // `initial` only counts before the first set.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [memory, key],
  );
  return [value, set];
}
