// Runs a writer program again and again, killing it with -9 at each of its file operations (fault-points.ts).
import { execFile } from 'node:child_process';

/** Runs `node WRITER ...argv` with one fault, '' for none; gives the lines that it printed. */
export function runWithFault(writer: string, argv: readonly string[], fault: string): Promise<string[]> {
  const env = { PATH: process.env['PATH'] ?? '', EMISAR_TEST_FAULT: fault };
  return new Promise((resolve) => {
    execFile(process.execPath, [writer, ...argv], { env }, (_error, stdout) =>
      resolve(stdout.split('\n').slice(0, -1)),
    );
  });
}

/** Every fault of a run whose last line was `operations NAME,NAME,…`. */
export function faultsOf(lines: readonly string[]): string[] {
  const names = (lines.at(-1) ?? '').replace('operations ', '').split(',');
  return names.flatMap((name, index) =>
    /write|append/i.test(name) ? [`${index + 1}:before`, `${index + 1}:torn`] : [`${index + 1}:before`],
  );
}

/** Two at a time: more would only wait for the processor. */
export async function forEachFault(
  faults: readonly string[],
  survive: (fault: string) => Promise<void>,
): Promise<void> {
  const left = [...faults];
  const lane = async () => {
    for (let fault = left.shift(); fault !== undefined; fault = left.shift()) await survive(fault);
  };
  await Promise.all([lane(), lane()]);
}
