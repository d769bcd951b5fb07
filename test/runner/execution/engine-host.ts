// A runner of one action in a process of its own, to be killed: `node engine-host.ts FOLDER ACTION`. Passes
// on what the action prints.
import { randomBytes } from 'node:crypto';
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
  execution: {
    inheritEnv: [],
    cancelGraceMs: 1_000,
    requireIsolation: true,
    allowSetuid: [],
    maxPreviewBytes: 4096,
  },
  protectedRoots: [],
  redactionRules: [],
  clock: systemClock,
  environment: process.env,
  random: (length) => randomBytes(length),
});
const hash = packs.packs[0]?.hash ?? '';
const facts = {
  requestId: 'req_1',
  actionId: `demo.${action}`,
  args: {},
  expectedPackHash: hash,
  reason: 'test',
};
void engine.run(facts, { started: () => {}, output: (_stream, text) => process.stdout.write(text) }).outcome;
