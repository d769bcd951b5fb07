// A runner of one action in a process of its own, to be killed: `node engine-host.ts FOLDER ACTION`. Prints
// `child PID` once the action's process is there.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadPacks } from '../../../src/packs/load.ts';
import { systemClock } from '../../../src/runner/clock.ts';
import { createEngine } from '../../../src/runner/execution/engine.ts';
import { openJournal } from '../../../src/runner/journal/journal.ts';

const [folder = '', action = ''] = process.argv.slice(2);
const packs = loadPacks([join(folder, 'packs')]);
const engine = createEngine({
  packs,
  journal: await openJournal({ path: join(folder, 'host.jsonl') }),
  identity: { group: 'web', runnerId: 'web-01' },
  admission: { allow: [], deny: [] },
  execution: { inheritEnv: [], cancelGraceMs: 1_000, requireIsolation: true, allowSetuid: [], maxPreviewBytes: 4096 },
  protectedRoots: [],
  redactionRules: [],
  clock: systemClock,
  environment: process.env,
  random: (length) => randomBytes(length),
});
const hash = packs.packs[0]?.hash ?? '';
const facts = { requestId: 'req_1', actionId: `demo.${action}`, args: {}, expectedPackHash: hash, reason: 'test' };
void engine.run(facts, { started: () => {}, output: () => {} }).outcome;
const poll = setInterval(() => {
  const child = readdirSync('/proc').find((pid) => /^\d+$/.test(pid) && isOurs(pid));
  if (child === undefined) return;
  clearInterval(poll);
  process.stdout.write(`child ${child}\n`);
  setInterval(() => {}, 1_000);
}, 20);

function isOurs(pid: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return parent === String(process.pid) && stat.includes(`(${action})`);
  } catch {
    return false;
  }
}
