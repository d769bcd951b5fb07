// kill -9 of a process that writes the dispatch log, at many moments: what was promised is there.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { DispatchLog } from '../../../src/runner/link/dispatch-log.ts';
import { temporaryDir } from '../linked-runner.ts';

const writer = fileURLToPath(new URL('./dispatch-log-writer.ts', import.meta.url));
const dir = temporaryDir();
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Runs the writer until it has made `promises` promises, then kills it; answers all that it made. */
async function killAfter(path: string, prefix: string, promises: number): Promise<string[]> {
  const child = spawn(process.execPath, [writer, path, prefix], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  await new Promise((resolve) => {
    child.stdout.on('data', (text: Buffer) => {
      said += text.toString();
      if (said.split('\n').length > promises) child.kill('SIGKILL');
    });
    child.on('close', resolve);
  });
  return said.split('\n').slice(0, -1);
}

test('RN2, RN3: after kill -9 at any moment every reservation and result that was promised is there', async () => {
  const path = join(dir, 'dispatches.jsonl');
  const promised: string[] = [];
  for (const [round, promises] of [1, 2, 3, 5, 8, 21, 40].entries()) {
    promised.push(...(await killAfter(path, `r${round}`, promises)));
    const log = await DispatchLog.open(path);
    for (const promise of promised) {
      const [state, id = ''] = promise.split(' ');
      const record = log.get(id);
      if (state === 'reserved') expect(record, promise).toBeDefined();
      else expect(record?.result?.request_id, promise).toBe(id);
    }
    await log.close();
  }
}, 30_000);
