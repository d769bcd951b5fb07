// Processes as /proc tells of them: what a test started, what it left behind, what it costs.
import { readdirSync, readFileSync } from 'node:fs';
import { until } from './until.ts';

/** State, parent, group and the rest: what stands after the name in /proc/PID/stat. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
}

/** The first child of that shell: its job. */
export function jobOf(shell: number): number {
  return childrenOf(shell)[0] ?? 0;
}

/** False for zombies, too. */
export function isAlive(pid: number): boolean {
  try {
    return statOf(pid)[0] !== 'Z';
  } catch {
    return false;
  }
}

/** Hundredths of a second that it had of a core so far. */
export function cpuTicks(pid: number): number {
  const fields = statOf(pid);
  return Number(fields[11]) + Number(fields[12]);
}

/** Milliseconds that its main thread ran so far; what compiles and collects beside it is not counted. */
export function mainThreadMs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

/** Pids of processes with that word in their command line. */
export function processesWith(word: string): number[] {
  return allPids().filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word);
    } catch {
      return false;
    }
  });
}

export async function expectNothingLeft(parent: number): Promise<void> {
  await until('its helpers are gone', () =>
    allPids().every((pid) => {
      try {
        return statOf(pid)[1] !== String(parent);
      } catch {
        return true;
      }
    }),
  );
}

function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}
