// Hands keys and pasted text to the router, one at a time: keys typed fast come together, and each may change
// who gets the next one, so that one waits until the change is drawn.
import { useInput, usePaste } from 'ink';
import { useLayoutEffect, useRef, useState } from 'react';
import { keysOf } from '../keymap/key-press.ts';
import type { KeyRouter } from '../keymap/router.ts';

export function KeyInput({ router }: { router: KeyRouter }) {
  const queue = useRef<(() => void)[]>([]);
  const isBusy = useRef(false);
  const [turn, setTurn] = useState(0);
  const step = useRef(() => {
    const next = queue.current.shift();
    if (next === undefined) return;
    isBusy.current = true;
    next();
    setTurn((count) => count + 1);
  });
  // Runs in the commit that draws what the key did; by the next immediate everybody has noted their keys.
  useLayoutEffect(() => {
    isBusy.current = false;
    if (queue.current.length > 0) setImmediate(step.current);
  }, [turn]);
  const take = (more: (() => void)[]) => {
    const isWaiting = isBusy.current || queue.current.length > 0;
    queue.current.push(...more);
    if (!isWaiting) step.current();
  };
  useInput((input, key) => take(keysOf(input, key).map((press) => () => router.press(press))));
  usePaste((text) => take([() => router.paste(text)]));
  return null;
}
