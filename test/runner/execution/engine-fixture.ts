// A real engine over a real pack, journal and child processes, in a temporary directory.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadPacks } from '../../../src/packs/load.ts';
import { parseExact } from '../../../src/protocol/exact-json.ts';
import { systemClock } from '../../../src/runner/clock.ts';
import {
  createEngine,
  type Engine,
  type EngineOptions,
  type ExecutionSettings,
  type RunFacts,
  type RunOutcome,
} from '../../../src/runner/execution/engine.ts';
import { openJournal, type Journal } from '../../../src/runner/journal/journal.ts';
import { verifyFile } from '../../../src/runner/journal/verify.ts';
import { temporaryFolder, writePack, type BuiltAction } from '../../support/pack-builder.ts';

export interface Fixture {
  readonly engine: Engine;
  readonly folder: string;
  readonly packFolder: string;
  readonly journalPath: string;
  readonly journal: Journal;
  facts(name: string, changes?: Partial<RunFacts> & { argsText?: string }): RunFacts;
  start(name: string, changes?: Partial<RunFacts> & { argsText?: string }): Started;
  events(): Record<string, unknown>[];
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Started {
  readonly outcome: Promise<RunOutcome>;
  /** Everything delivered so far, with the time since the start of the run in ms. */
  readonly pieces: { stream: string; text: string; at: number }[];
  readonly text: (stream?: 'stdout' | 'stderr') => string;
  readonly isStarted: () => boolean;
  cancel(): void;
}

type Changes = Partial<Omit<EngineOptions, 'execution'>> & { execution?: Partial<ExecutionSettings> };

export async function startFixture(actions: readonly BuiltAction[], changes: Changes = {}): Promise<Fixture> {
  const folder = temporaryFolder('engine-');
  const packFolder = join(folder.path, 'packs', 'demo');
  writePack(packFolder, { actions });
  const packs = loadPacks([join(folder.path, 'packs')]);
  const journalPath = join(folder.path, 'log', 'events.jsonl');
  const journal = changes.journal ?? (await openJournal({ path: journalPath }));
  const { execution, ...others } = changes;
  const engine = createEngine({
    packs,
    journal,
    identity: { group: 'web', runnerId: 'web-01' },
    admission: { allow: [], deny: [] },
    protectedRoots: [],
    redactionRules: [],
    clock: systemClock,
    environment: {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      SECRET_OF_RUNNER: 'do-not-leak',
      LANG: 'C.UTF-8',
    },
    random: (length) => randomBytes(length),
    ...others,
    execution: {
      inheritEnv: [],
      cancelGraceMs: 5_000,
      requireIsolation: true,
      allowSetuid: [],
      maxPreviewBytes: 4096,
      ...execution,
    },
  });
  const hash = packs.packs[0]?.hash ?? '';
  let count = 0;
  const facts: Fixture['facts'] = (name, { argsText = '{}', ...given } = {}) => ({
    requestId: `req_${String((count += 1)).padStart(22, '0')}`,
    actionId: `demo.${name}`,
    args: parseExact(argsText) as Record<string, unknown>,
    expectedPackHash: hash,
    reason: 'test',
    ...given,
  });
  return {
    engine,
    folder: folder.path,
    packFolder,
    journalPath,
    journal,
    facts,
    start: (name, given) => observe(engine, facts(name, given)),
    events: () =>
      readFileSync(journalPath, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    async [Symbol.asyncDispose]() {
      await engine.stopAll();
      await journal.close();
      const verdict = changes.journal ? { intact: true } : await verifyFile(journalPath);
      folder[Symbol.dispose]();
      if (!verdict.intact) throw new Error('the journal of the test does not verify');
    },
  };
}

function observe(engine: Engine, facts: RunFacts): Started {
  const begin = performance.now();
  const pieces: Started['pieces'] = [];
  let isStarted = false;
  const execution = engine.run(facts, {
    started: () => {
      isStarted = true;
    },
    output: (stream, text) => pieces.push({ stream, text, at: performance.now() - begin }),
  });
  return {
    outcome: execution.outcome,
    pieces,
    text: (stream = 'stdout') =>
      pieces
        .filter((piece) => piece.stream === stream)
        .map((piece) => piece.text)
        .join(''),
    isStarted: () => isStarted,
    cancel: () => execution.cancel(),
  };
}

/** Polls a condition until it holds; throws after the deadline. */
export async function until(what: string, holds: () => boolean, deadlineMs = 8_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** True while the process exists and is no zombie. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}
