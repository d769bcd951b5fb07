// Kills its own process with -9 at a chosen file operation: import it before the code under test.
// EMISAR_TEST_FAULT is `N:before` or `N:torn` (half of what the Nth operation would have written is written).
// What was done stands in `operations`. The other side is fault-runs.ts.
import fs from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { devNull } from 'node:os';

const [at = '0', mode = ''] = (process.env['EMISAR_TEST_FAULT'] ?? '').split(':');
export const operations: string[] = [];

type Operation = (...args: unknown[]) => Promise<unknown>;

function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
}

function watched(name: string, original: Operation): Operation {
  return async function (this: unknown, ...args) {
    operations.push(name);
    if (operations.length !== Number(at)) return original.apply(this, args);
    const [content] = args;
    if (mode === 'torn' && (typeof content === 'string' || content instanceof Uint8Array))
      await original.apply(this, [content.slice(0, Math.floor(content.length / 2))]);
    return die();
  };
}

function watch(target: object, names: readonly string[]): void {
  const operationsOf = target as Record<string, Operation>;
  for (const name of names) {
    const original = operationsOf[name];
    if (original) operationsOf[name] = watched(name, original);
  }
}

const probe: FileHandle = await fs.open(devNull, 'r');
watch(Object.getPrototypeOf(probe) as object, [
  ...['write', 'writeFile', 'appendFile', 'truncate', 'sync', 'datasync', 'chmod'],
]);
await probe.close();
watch(fs, ['open', 'rename', 'unlink', 'mkdir']);
syncBuiltinESMExports();
