// The one clock of the screen. Once a second every age is counted again, in one frame, and nothing else.
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';

export interface Ticking {
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const TickContext = createContext<Ticking>({ now: 0 });

/** Re-renders the caller once a second. Only for leaves: an age, the clock. */
export function useNow(): number {
  return useContext(TickContext).now;
}

export function TickProvider({ clock, children }: { clock: () => number; children: ReactNode }) {
  const [now, setNow] = useState(clock);
  useEffect(() => {
    const timer = setInterval(() => setNow(clock()), 1000);
    return () => clearInterval(timer);
  }, [clock]);
  return <TickContext value={{ now }}>{children}</TickContext>;
}
