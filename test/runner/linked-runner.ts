// A whole link on a real socket and a real data directory, without packs: what a test of the link starts.
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, type Clock } from '../../src/runner/clock.ts';
import { cloudAddress } from '../../src/runner/link/address.ts';
import { startDialLoop, type DialLoop } from '../../src/runner/link/dial-loop.ts';
import { DispatchLog } from '../../src/runner/link/dispatch-log.ts';
import { Dispatcher } from '../../src/runner/link/dispatcher.ts';
import { settleInterrupted } from '../../src/runner/link/interrupted.ts';
import { Spool } from '../../src/runner/link/spool.ts';
import { createLog } from '../../src/runner/log.ts';
import { ScriptedEngine } from './scripted-engine.ts';

export interface LinkSettings {
  readonly url: string;
  readonly dataDir?: string;
  readonly key?: string | null;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly hasRebooted?: boolean;
  readonly backoff?: { readonly minMs: number; readonly maxMs: number };
}

export interface LinkedRunner {
  readonly engine: ScriptedEngine;
  readonly loop: DialLoop;
  readonly dispatcher: Dispatcher;
  readonly dataDir: string;
  readonly lines: string[];
  stop(): Promise<void>;
}

export function temporaryDir(): string {
  return mkdtempSync(join(tmpdir(), 'emisar-link-'));
}

export const stateText = JSON.stringify({
  type: 'runner_state',
  protocol_version: 1,
  version: '1',
  group: 'g',
  actions: null,
});

export async function startLink(settings: LinkSettings): Promise<LinkedRunner> {
  const dataDir = settings.dataDir ?? temporaryDir();
  const clock = settings.clock ?? systemClock;
  const lines: string[] = [];
  const log = createLog(clock, (line) => lines.push(line));
  const engine = new ScriptedEngine();
  const dispatches = await DispatchLog.open(join(dataDir, 'dispatches.jsonl'));
  await settleInterrupted({ dispatches, engine, log }, settings.hasRebooted ?? false);
  const spool = new Spool();
  const dispatcher = new Dispatcher({ engine, dispatches, spool, log, outOfDate() {} });
  const loop = startDialLoop({
    enrollment: {
      address: cloudAddress(settings.url, false),
      tokenPath: join(dataDir, 'token.json'),
      key: settings.key === undefined ? 'emkey-auth-test' : settings.key,
      identity: { external_id: 'host-1', hostname: 'host-1', group: 'g', version: '1.0.0' },
    },
    dataDir,
    ca: undefined,
    backoff: settings.backoff ?? { minMs: 1, maxMs: 10 },
    heartbeatEveryMs: 30_000,
    clock,
    random: settings.random ?? (() => 0),
    log,
    dispatcher,
    spool,
    state: () => stateText,
  });
  const stop = async () => {
    loop.stop();
    await loop.ended;
    await dispatcher.stop();
    await dispatches.close();
    if (settings.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  };
  return { engine, loop, dispatcher, dataDir, lines, stop };
}
