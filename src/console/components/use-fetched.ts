// One answer that a screen fetches for itself: kept while a newer one is on its way, let go with its subject.
import { useEffect, useLayoutEffect, useRef, useState } from 'react';

export interface Fetched<Value> {
  readonly phase: 'loading' | 'ready' | 'error';
  /** The latest good answer about this subject. */
  readonly value: Value | null;
  readonly error: unknown;
  readonly again: () => void;
}

interface Held<Value> {
  readonly subject: string;
  readonly phase: 'loading' | 'ready' | 'error';
  readonly value: Value | null;
  readonly error: unknown;
}

/** Fetches when the subject or its version changes. An answer that was overtaken is thrown away. */
export function useFetched<Value>(
  subject: string,
  version: string,
  fetch: () => Promise<Value>,
): Fetched<Value> {
  const [held, setHeld] = useState<Held<Value>>({ subject, phase: 'loading', value: null, error: null });
  const [round, setRound] = useState(0);
  const latest = useRef(fetch);
  useLayoutEffect(() => {
    latest.current = fetch;
  });

  useEffect(() => {
    let isOvertaken = false;
    const keep = (next: (before: Held<Value>) => Held<Value>) => {
      if (!isOvertaken) setHeld((before) => next(before.subject === subject ? before : emptyOf(subject)));
    };
    keep((before) => ({ ...before, phase: before.value === null ? 'loading' : before.phase }));
    latest.current().then(
      (value) => keep(() => ({ subject, phase: 'ready', value, error: null })),
      (error: unknown) => keep((before) => ({ ...before, phase: 'error', error })),
    );
    return () => {
      isOvertaken = true;
    };
  }, [subject, version, round]);

  const current = held.subject === subject ? held : emptyOf<Value>(subject);
  return { ...current, again: () => setRound((count) => count + 1) };
}

function emptyOf<Value>(subject: string): Held<Value> {
  return { subject, phase: 'loading', value: null, error: null };
}
