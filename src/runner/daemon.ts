// Wires the parts of `emisar connect` in the order in which each may refuse to start, and takes them down again.
// Signals are connect.ts's; the connection itself is link/dial-loop.ts.
import { hostname } from 'node:os';
import { join } from 'node:path';
import { loadPacks, loadPacksLeniently, type PackSet } from '../packs/load.ts';
import type { RandomBytes } from '../protocol/ids.ts';
import { pause, repeat, type Clock } from './clock.ts';
import { externalIdOf, tokenPathOf, type Environment } from './config.ts';
import type { RunnerConfig } from './config-file.ts';
import type { Engine } from './execution/engine.ts';
import { createHostEngine, hostFactsOf } from './host-engine.ts';
import { hasRebooted, keepBootId } from './host/boot.ts';
import { takeRunnerLock } from './host/runner-lock.ts';
import { serveAppends } from './journal/append-socket.ts';
import { openJournal, type HeldJournal } from './journal/journal.ts';
import type { CloudAddress } from './link/address.ts';
import { startDialLoop, type DialLoop, type LoopEnd } from './link/dial-loop.ts';
import { DispatchLog } from './link/dispatch-log.ts';
import { Dispatcher } from './link/dispatcher.ts';
import { settleInterrupted } from './link/interrupted.ts';
import { describeRunner } from './link/runner-state.ts';
import { Spool } from './link/spool.ts';
import { checkAddress, makeDataDir, readAuthority, requireCredential } from './preconditions.ts';
import { hindranceOf, repairAll } from './readiness.ts';
import { Signing } from './signing.ts';
import { messageOf, type Log } from './log.ts';

/** For programs that appeared or went, and whether there is room on the disk again. */
const LOOK_EVERY_MS = 30_000;
/** Results of a stopping runner may be told this long; what is not told then is told at the next start. */
const FAREWELL_MS = 2_000;

export interface DaemonOptions {
  readonly config: RunnerConfig;
  /** The enrollment key, when there is one; it is kept nowhere else. */
  readonly key: string | null;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly randomBytes: RandomBytes;
  readonly log: Log;
  readonly version: string;
  readonly environment: Environment;
  /** Of this boot of the host; null when it is not known. */
  readonly bootId: string | null;
  /** The configuration as it is on the disk now, for a reload. */
  readonly reread?: () => Promise<RunnerConfig>;
  /** Called before each run that begins. */
  readonly beforeRun?: (() => void) | undefined;
}

export interface Daemon {
  /** Resolves when everything is closed. */
  readonly ended: Promise<LoopEnd>;
  /** Reads packs and signing rules anew; what is broken keeps what is loaded. Tries a full disk again. */
  reload(): void;
  /** Ends in order: actions first, then their results, then the connection. */
  stop(): void;
}

/** Starts the daemon; throws a Refusal, with nothing half-made left behind, when it cannot start. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const address = checkAddress(options.config);
  const { dataDir } = options.config.paths;
  const closers: (() => void | Promise<void>)[] = [];
  try {
    await makeDataDir(dataDir);
    const lock = takeRunnerLock(dataDir);
    closers.push(() => lock.release());
    const packs = loadAtStart(options);
    const runnerId = externalIdOf(options.config);
    const journal = await openJournal({ ...options.config.events, path: options.config.events.jsonlPath });
    closers.push(() => journal.close());
    closers.push(await takeAppends(options, journal));
    const signing = await Signing.open(options.config, options.clock);
    if (signing) closers.push(() => signing.close());
    const engine = createHostEngine({ ...options, packs, journal, signature: signing?.gate ?? null });
    await requireCredential(options.config, options.key);
    const dispatches = await DispatchLog.open(join(dataDir, 'dispatches.jsonl'));
    closers.push(() => dispatches.close());
    await settleEarlierRuns(options, engine, dispatches);
    return connect({ options, address, runnerId, engine, signing, journal, dispatches, closers });
  } catch (error) {
    await closeAll(closers, options.log);
    throw error;
  }
}

interface Parts {
  readonly options: DaemonOptions;
  readonly address: CloudAddress;
  readonly runnerId: string;
  readonly engine: Engine;
  readonly signing: Signing | null;
  readonly journal: HeldJournal;
  readonly dispatches: DispatchLog;
  readonly closers: (() => void | Promise<void>)[];
}

function connect(parts: Parts): Daemon {
  const { options, address, runnerId, engine, signing, journal, dispatches, closers } = parts;
  const { config, clock, log } = options;
  const keepers = { journal, 'dispatch log': dispatches };
  const spool = new Spool();
  const facts = hostFactsOf(config, options.version, options.environment);
  const state = () =>
    JSON.stringify(
      describeRunner({ ...facts, signing: signing?.config ?? null }, engine.loaded(), hindranceOf(keepers)),
    );
  let advertised = '';
  const dispatcher = new Dispatcher({
    engine,
    dispatches,
    spool,
    log,
    beforeRun: options.beforeRun,
    outOfDate: () => loop.advertise(),
  });
  log.info('emisar starts', {
    version: options.version,
    external_id: runnerId,
    group: config.runner.group,
    pid: process.pid,
  });
  const loop = startDialLoop({
    enrollment: {
      address,
      tokenPath: tokenPathOf(config),
      key: options.key,
      identity: identityOf(options, runnerId),
    },
    dataDir: config.paths.dataDir,
    ca: readAuthority(config.cloud.caFile),
    backoff: { minMs: config.cloud.reconnectMinMs, maxMs: config.cloud.reconnectMaxMs },
    heartbeatEveryMs: config.cloud.heartbeatEveryMs,
    clock,
    random: options.random,
    log,
    dispatcher,
    spool,
    state: () => (advertised = state()),
  });
  const stopLooking = repeat(clock, LOOK_EVERY_MS, () => {
    void repairAll(keepers).then(() => {
      if (loop.isLive() && state() !== advertised) loop.advertise();
    });
  });

  const ended = async (): Promise<LoopEnd> => {
    try {
      return await loop.ended;
    } finally {
      stopLooking();
      await dispatcher.stop();
      await closeAll(closers, log);
    }
  };
  let isStopping = false;
  return {
    ended: ended(),
    reload: () => {
      const hasPacks = reloadPacks(options, engine);
      void Promise.all([reloadSigning(options, signing), repairAll(keepers)]).then(([hasSigning]) => {
        if (hasPacks || hasSigning) loop.advertise();
      });
    },
    stop() {
      if (isStopping) return;
      isStopping = true;
      log.info('stopping', { running: dispatcher.load });
      void takeLeave({ dispatcher, spool, loop, clock });
    },
  };
}

interface Leaving {
  readonly dispatcher: Dispatcher;
  readonly spool: Spool;
  readonly loop: DialLoop;
  readonly clock: Clock;
}

async function takeLeave({ dispatcher, spool, loop, clock }: Leaving): Promise<void> {
  await dispatcher.stop();
  const tooLong = new AbortController();
  if (loop.isLive()) await Promise.race([spool.emptied(), pause(clock, FAREWELL_MS, tooLong.signal)]);
  tooLong.abort();
  loop.stop();
}

async function settleEarlierRuns(
  { config, bootId, log }: DaemonOptions,
  engine: Engine,
  dispatches: DispatchLog,
): Promise<void> {
  const { dataDir } = config.paths;
  await settleInterrupted({ dispatches, engine, log }, await hasRebooted(dataDir, bootId));
  // Only now: a crash before it leaves what was not settled to a start that still knows of the reboot.
  await keepBootId(dataDir, bootId);
}

// Without it a local run beside this daemon cannot be journalled and so is refused; nothing else suffers.
async function takeAppends(
  { config, log }: DaemonOptions,
  journal: HeldJournal,
): Promise<() => Promise<void>> {
  try {
    return await serveAppends(config.events.jsonlPath, journal);
  } catch (error) {
    log.warn('other emisar commands cannot use the journal', { error: messageOf(error) });
    return () => Promise.resolve();
  }
}

function loadAtStart({ config, log }: DaemonOptions): PackSet {
  const packs = loadPacksLeniently(config.paths.packs);
  for (const { pack, reason } of packs.degraded) log.warn('pack left out', { pack, reason });
  log.info('packs loaded', { packs: packs.packs.length, actions: packs.actions.size });
  return packs;
}

function reloadPacks({ config, log }: DaemonOptions, engine: Engine): boolean {
  try {
    const packs = loadPacks(config.paths.packs);
    engine.replacePacks(packs);
    log.info('packs reloaded', { packs: packs.packs.length, actions: packs.actions.size });
    return true;
  } catch (error) {
    log.error('packs not reloaded, the old ones stay', { error: messageOf(error) });
    return false;
  }
}

async function reloadSigning(
  { reread, log, config }: DaemonOptions,
  signing: Signing | null,
): Promise<boolean> {
  if (!reread) return false;
  try {
    const next = (await reread()).signing;
    if (signing) signing.reload(next);
    else if (next.isEnforced && !config.signing.isEnforced)
      log.warn('signatures are not enforced yet: that takes a restart of the service');
    return signing !== null;
  } catch (error) {
    log.error('signing not reloaded, the old rules stay', { error: messageOf(error) });
    return false;
  }
}

function identityOf({ config, version }: DaemonOptions, runnerId: string) {
  return { external_id: runnerId, hostname: hostname(), group: config.runner.group, version };
}

async function closeAll(closers: (() => void | Promise<void>)[], log: Log): Promise<void> {
  for (const close of closers.toReversed()) {
    try {
      await close();
    } catch (error) {
      log.error('not closed in order', { error: messageOf(error) });
    }
  }
}
