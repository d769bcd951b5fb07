// kill -9 of a process that writes the dispatch log, at many moments: what was promised is there.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { DispatchLog } from '../../../src/runner/link/dispatch-log.ts';
import { faultsOf, forEachFault, runWithFault } from '../../support/fault-runs.ts';
import { temporaryFolder } from '../../support/pack-builder.ts';
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

function expectKept(log: DispatchLog, promised: readonly string[], where = ''): void {
  for (const promise of promised) {
    const [state, id = ''] = promise.split(' ');
    const record = log.get(id);
    if (state === 'reserved') expect(record, `${promise} ${where}`).toBeDefined();
    else expect(record?.result?.request_id, `${promise} ${where}`).toBe(id);
  }
}

test('RN2, RN3: after kill -9 at any moment every reservation and result that was promised is there', async () => {
  const path = join(dir, 'dispatches.jsonl');
  const promised: string[] = [];
  for (const [round, promises] of [1, 2, 3, 5, 8, 21, 40].entries()) {
    promised.push(...(await killAfter(path, `r${round}`, promises)));
    const log = await DispatchLog.open(path);
    expectKept(log, promised);
    await log.close();
  }
}, 30_000);

test('RN2, RN3: killed at every file operation, the log opens again with all that was promised', async () => {
  const faultWriter = fileURLToPath(new URL('./dispatch-log-fault-writer.ts', import.meta.url));
  using folder = temporaryFolder('dispatches-');
  const survive = async (fault: string) => {
    const path = join(folder.path, `${fault.replace(':', '-')}.jsonl`);
    const before = await DispatchLog.open(path);
    await before.reserve('old_1', 'b'.repeat(64));
    await before.close();
    const promised = await runWithFault(faultWriter, [path], fault);
    const log = await DispatchLog.open(path);
    expectKept(log, ['reserved old_1', ...promised.filter((line) => !line.startsWith('operations'))], fault);
    await log.reserve('later_1', 'c'.repeat(64));
    await log.close();
  };
  const faults = faultsOf(await runWithFault(faultWriter, [join(folder.path, 'whole.jsonl')], ''));
  expect(faults.length).toBeGreaterThan(10);
  await forEachFault(faults, survive);
}, 60_000);
