// Why the control plane ended this runner for good, kept for whoever looks at the stopped service.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { bounded } from '../../protocol/neutralise.ts';
import { isMissing, removeDurably, writeDurably } from '../host/durable-file.ts';

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

const Record = z.strictObject({ reason: z.string(), message: z.string(), timestamp: z.string() });

/** What was recorded last; null when there is nothing. Rejects when the file is not one of ours. */
export async function readTerminalShutdown(
  dataDir: string,
): Promise<{ readonly reason: string; readonly sentence: string; readonly at: number } | null> {
  const text = await readFile(pathIn(dataDir), 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  if (text === null) return null;
  const { reason, message, timestamp } = Record.parse(JSON.parse(text));
  return { reason, sentence: message, at: Date.parse(timestamp) };
}

/** A session that got as far as telling its state has outlived the record. */
export function clearTerminalShutdown(dataDir: string): Promise<void> {
  return removeDurably(pathIn(dataDir));
}
