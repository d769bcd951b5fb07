// Reads the values of flags, each refused in one sentence.
import { UsageError } from './confirmation.ts';

const secondsOf: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `24h`, `90m`, `7d` in seconds. */
export function durationSeconds(text: string, flag: string): number {
  const match = /^(\d{1,6})([smhdw])$/.exec(text);
  const unit = secondsOf[match?.[2] ?? ''];
  if (match === null || unit === undefined) {
    throw new UsageError(`Cannot read ${flag} ${text}: write a number and s, m, h, d or w, such as 24h`);
  }
  return Number(match[1]) * unit;
}

/** A whole number from 1 to `most`. */
export function wholeNumber(text: string, flag: string, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most)
    throw new UsageError(`Cannot read ${flag} ${text}: it must be a number from 1 to ${most}`);
  return value;
}

/** For flags that may be given several times. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** `key=value` pairs; the last one of a key counts. */
export function pairs(texts: readonly string[], flag: string): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new UsageError(`Cannot read ${flag} ${text}: write key=value`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  ) as Record<string, string>;
}

/** Words with commas or spaces between. */
export function listed(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

/** One of the words that are allowed. */
export function oneOf<Word extends string>(text: string, flag: string, words: readonly Word[]): Word {
  const known = words.find((word) => word === text);
  if (known === undefined) throw new UsageError(`Cannot read ${flag} ${text}: choose ${words.join(', ')}`);
  return known;
}

/** `2h` before `now` (milliseconds), or an instant as it stands; RFC 3339 in UTC. */
export function instantSince(text: string, flag: string, now: number): string {
  const at = /^\d+[smhdw]$/.test(text) ? now - durationSeconds(text, flag) * 1000 : Date.parse(text);
  if (Number.isNaN(at))
    throw new UsageError(
      `Cannot read ${flag} ${text}: write 2h, 3d, or an instant such as 2030-01-31T09:00:00Z`,
    );
  return new Date(at).toISOString();
}
