// What the daemon says about itself: one `key=value` line for each event, on standard error only.
// What happened to actions is the journal's business.
import { neutralise } from '../protocol/neutralise.ts';
import type { Clock } from './clock.ts';

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

const longestValue = 1_000;

/** Lines such as `time=… level=INFO msg="connected" url=…`; values are neutralised, so no line can be forged. */
export function createLog(clock: Clock, write: (line: string) => void): Log {
  const say =
    (level: string) =>
    (event: string, fields: LogFields = {}) => {
      let line = `time=${new Date(clock.now()).toISOString()} level=${level} msg=${quoted(event)}`;
      for (const [key, value] of Object.entries(fields)) {
        if (value !== undefined && value !== null) line += ` ${key}=${quoted(String(value))}`;
      }
      write(`${line}\n`);
    };
  return { info: say('INFO'), warn: say('WARN'), error: say('ERROR') };
}

function quoted(text: string): string {
  const safe = neutralise(text).slice(0, longestValue);
  return /^[^\s"=]+$/.test(safe) ? safe : JSON.stringify(safe);
}

/** What an unknown thrown value says, on one line. */
export function messageOf(error: unknown): string {
  return neutralise(error instanceof Error ? error.message : String(error));
}
