// Instants and durations in words. Which of relative, local and UTC is shown is the operator's choice (T16).

export const timeModes = ['relative', 'local', 'utc'] as const;
export type TimeMode = (typeof timeModes)[number];

export function nextTimeMode(mode: TimeMode): TimeMode {
  return timeModes[(timeModes.indexOf(mode) + 1) % timeModes.length] ?? 'relative';
}

/** One unit is enough for an age: `4s`, `3m`, `5h`, `12d`. Negative ages (a clock ahead of ours) are `0s`. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** A length of time: `87ms`, `4.2s`, `02:05`, `1:02:05`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`;
  if (ms < 10_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  const seconds = Math.floor(ms / 1000);
  const pair = (value: number) => String(value).padStart(2, '0');
  const rest = `${pair(Math.floor(seconds / 60) % 60)}:${pair(seconds % 60)}`;
  return seconds < 3600 ? (seconds < 60 ? `${seconds}s` : rest) : `${Math.floor(seconds / 3600)}:${rest}`;
}

/** An instant (milliseconds since the epoch) as the mode wants it; `–` for none. The zone is always visible. */
export function instant(at: number | string | null, mode: TimeMode, now: number): string {
  if (at === null) return '–';
  const ms = typeof at === 'string' ? Date.parse(at) : at;
  if (!Number.isFinite(ms)) return '–';
  if (mode === 'relative') return ms > now ? `in ${age(ms - now)}` : `${age(now - ms)} ago`;
  return mode === 'utc' ? utc(ms, now) : local(ms, now);
}

/** Cells that every instant of that mode fits into; local time has its zone beside it, which is never cut off. */
export function instantWidth(mode: TimeMode): number {
  return { relative: 10, local: 17, utc: 12 }[mode];
}

/** The time of day of an instant, with its zone: `12:04:31Z`, or `17:34:31+05:30` in local time. */
export function timeOfDay(at: number, mode: TimeMode): string {
  return instant(at, mode === 'local' ? 'local' : 'utc', at);
}

/** Cells that `timeOfDay` fits into. */
export function timeOfDayWidth(mode: TimeMode): number {
  return mode === 'local' ? 14 : 9;
}

/** An instant that has passed: never in the future, however the clocks of the two machines differ. */
export function pastInstant(at: string | null, mode: TimeMode, now: number): string {
  return instant(at, mode, at === null ? now : Math.max(now, Date.parse(at)));
}

function utc(ms: number, now: number): string {
  const text = new Date(ms).toISOString();
  const sameDay = text.slice(0, 10) === new Date(now).toISOString().slice(0, 10);
  return sameDay ? `${text.slice(11, 19)}Z` : `${text.slice(5, 10)} ${text.slice(11, 16)}Z`;
}

function local(ms: number, now: number): string {
  const date = new Date(ms);
  const pair = (value: number) => String(value).padStart(2, '0');
  const clock = `${pair(date.getHours())}:${pair(date.getMinutes())}`;
  const zone = zoneOf(date);
  const sameDay = date.toDateString() === new Date(now).toDateString();
  if (sameDay) return `${clock}:${pair(date.getSeconds())}${zone}`;
  return `${pair(date.getMonth() + 1)}-${pair(date.getDate())} ${clock}${zone}`;
}

function zoneOf(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const sign = minutes < 0 ? '-' : '+';
  const hours = String(Math.floor(Math.abs(minutes) / 60)).padStart(2, '0');
  const rest = Math.abs(minutes) % 60;
  return `${sign}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
}

/** `12:04:31Z`, for the clock in the frame. */
export function clockUtc(now: number): string {
  return `${new Date(now).toISOString().slice(11, 19)}Z`;
}
