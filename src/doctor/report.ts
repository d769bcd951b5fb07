// How a check-up is told, for the host's `emisar doctor` and the control plane's: one line a check, and a tally.
// What is looked at is each program's own.
import { neutralise } from '../protocol/neutralise.ts';

export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
}

export type Finding = Omit<Check, 'name'>;

export interface Report {
  readonly status: Check['status'];
  readonly passed: number;
  readonly warnings: number;
  readonly failed: number;
  readonly checks: readonly Check[];
}

const glyphs = { ok: '✓', warn: '⚠', fail: '✗' } as const;
const NAME_WIDTH = 12;

/** A check that throws has found something: its sentence is the detail. */
export async function guarded(name: string, check: () => Promise<Finding> | Finding): Promise<Check> {
  try {
    return { name, ...(await check()) };
  } catch (error) {
    return { name, status: 'fail', detail: error instanceof Error ? error.message : String(error) };
  }
}

export function reportOf(checks: readonly Check[]): Report {
  const count = (wanted: Check['status']) => checks.filter(({ status }) => status === wanted).length;
  const counts = { passed: count('ok'), warnings: count('warn'), failed: count('fail') };
  return { status: counts.failed > 0 ? 'fail' : counts.warnings > 0 ? 'warn' : 'ok', ...counts, checks };
}

export function reportLines({ checks, passed, warnings, failed }: Report): string[] {
  return [
    ...checks.map(
      ({ name, status, detail }) => `  ${glyphs[status]}  ${name.padEnd(NAME_WIDTH)}  ${neutralise(detail)}`,
    ),
    `${passed} passed, ${warnings} warnings, ${failed} failed`,
  ];
}
