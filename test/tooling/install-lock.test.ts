// The lock of an installation: one holder, and nobody waits for a holder that is gone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OVER_AGE_MS, takeLock } from '../../tools/install-lock.mjs';

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'emisar-lock-'));
  lock = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const startOf = (pid: number) =>
  readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19] ?? '';
const atOnce = { waitLimitMs: 0 };

test('a second one waits until the first has given it back', async () => {
  const order: string[] = [];
  const release = await takeLock(lock);
  const second = takeLock(lock, {
    onWait: () => {
      order.push('waits');
      release();
    },
  });
  const releaseSecond = await second;
  order.push('has it');
  releaseSecond();
  expect(order).toEqual(['waits', 'has it']);
  expect(existsSync(lock)).toBe(false);
});

test('waiting for a living holder has a limit, and says who holds it and what to do', async () => {
  const release = await takeLock(lock);
  await expect(takeLock(lock, atOnce)).rejects.toThrow(
    `process ${process.pid} is still installing; end it, or remove ${lock}`,
  );
  release();
});

test('a lock of a dead process is taken over', async () => {
  const child = spawn('true');
  await once(child, 'exit');
  writeFileSync(lock, `${child.pid} 1`);
  (await takeLock(lock, atOnce))();
});

test('a lock of a zombie is taken over', async () => {
  // The shell becomes `sleep` while its child still reads: nobody is left to wait for the child when it ends.
  const parent = spawn('sh', ['-c', 'read line <&3 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  const [line] = await once(parent.stdio[1] as Readable, 'data');
  const pid = Number(String(line));
  await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n');
  (parent.stdio[3] as Writable).end('\n');
  await expect.poll(() => / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))).toBe(true);
  writeFileSync(lock, `${pid} ${startOf(pid)}`);
  (await takeLock(lock, atOnce))();
  parent.kill('SIGKILL');
});

test('a process that only has the number of the holder does not hold it', async () => {
  writeFileSync(lock, `${process.pid} 1`);
  (await takeLock(lock, atOnce))();
});

test('a lock older than any installation is taken over, its process alive or not', async () => {
  writeFileSync(lock, `${process.pid} ${startOf(process.pid)}`);
  const then = (Date.now() - OVER_AGE_MS - 1000) / 1000;
  utimesSync(lock, then, then);
  (await takeLock(lock, atOnce))();
});

test.each(['', 'nonsense', '-1 5', '0 5'])('a lock that says "%s" is nobody\'s', async (content) => {
  writeFileSync(lock, content);
  (await takeLock(lock, atOnce))();
});

test('who lost the lock to another does not take it away when done', async () => {
  const release = await takeLock(lock);
  writeFileSync(lock, '1 1');
  release();
  expect(readFileSync(lock, 'utf8')).toBe('1 1');
});
