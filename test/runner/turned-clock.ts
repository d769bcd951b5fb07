// A clock that only a test turns. Timers fire in order of their time, each in its own turn of the event loop.
import type { Clock } from '../../src/runner/clock.ts';

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

export class TurnedClock implements Clock {
  #now = Date.parse('2030-01-02T03:04:05Z');
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  setTimer(ms: number, fire: () => void): () => void {
    const timer = { at: this.#now + ms, fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Moves on by `ms`, firing what falls due, and letting real sockets work in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.fire();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now = end;
  }
}
