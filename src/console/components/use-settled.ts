// A text that is still being typed, as it was when the typing last rested.
import { useEffect, useState } from 'react';

const REST_MS = 150;

export function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    if (settled === text) return undefined;
    const timer = setTimeout(() => setSettled(text), REST_MS);
    return () => clearTimeout(timer);
  }, [text, settled]);
  return settled;
}
