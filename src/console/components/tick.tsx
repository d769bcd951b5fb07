// The one clock of the screen. At every step all ages are counted again, in one frame, and nothing else.
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';

export interface Ticking {
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const TickContext = createContext<Ticking>({ now: 0 });

/** Re-renders the caller at every step. Only for leaves: an age, the clock. */
export function useNow(): number {
  return useContext(TickContext).now;
}

interface TickProps {
  readonly clock: () => number;
  readonly stepMs: number;
  readonly children: ReactNode;
}

export function TickProvider({ clock, stepMs, children }: TickProps) {
  const [now, setNow] = useState(clock);
  useEffect(() => {
    const timer = setInterval(() => setNow(clock()), stepMs);
    return () => clearInterval(timer);
  }, [clock, stepMs]);
  return <TickContext value={{ now }}>{children}</TickContext>;
}
