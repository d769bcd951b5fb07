// Why the control plane ended this runner for good, kept for whoever looks at the stopped service.
import { join } from 'node:path';
import { bounded } from '../../protocol/neutralise.ts';
import { removeDurably, writeDurably } from '../host/durable-file.ts';

function pathIn(dataDir: string): string {
  return join(dataDir, 'terminal_shutdown.json');
}

export async function recordTerminalShutdown(
  dataDir: string,
  shutdown: { readonly reason: string; readonly sentence: string; readonly at: number },
): Promise<void> {
  const content = {
    reason: bounded(shutdown.reason, 255),
    message: bounded(shutdown.sentence, 4000),
    timestamp: new Date(shutdown.at).toISOString(),
  };
  await writeDurably(pathIn(dataDir), `${JSON.stringify(content)}\n`);
}

/** A session that got as far as telling its state has outlived the record. */
export function clearTerminalShutdown(dataDir: string): Promise<void> {
  return removeDurably(pathIn(dataDir));
}
