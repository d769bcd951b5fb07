// `emisar connect`: the daemon, with the signals that steer it.
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { repeat } from './clock.ts';
import { requireConfigured, takeEnrollmentKey } from './config.ts';
import { startDaemon, type Daemon } from './daemon.ts';
import { readBootId } from './host/boot.ts';
import { releaseMemory, runQuick, runSmall } from './host/memory.ts';
import { createLog } from './log.ts';
import { configFor, refuseJson, UsageError, type Toolbox } from './commands/toolbox.ts';

const ENVIRONMENT = `
Environment:
  EMISAR_URL         where the control plane is
  EMISAR_AUTH_KEY    enrollment key, needed once
  EMISAR_GROUP       group of this host, instead of its name
  EMISAR_LABEL_ROLE  label role of this host; any other key likewise
  EMISAR_PACKS       of the packs that came with the program only these, with commas
  EMISAR_DATA_DIR    where token, journal and own packs are kept when no configuration file is used`;

/** By then a start is over: packs are read, the first connection stands or waits for its next try. */
const SETTLED_AFTER_MS = 10_000;
/** Beats and looks at the host leave some 0.7 MB a minute that nothing collects in a quiet process. */
const RELEASED_EVERY_MS = 120_000;

export function addConnect(program: Command, toolbox: Toolbox): void {
  const command = program
    .command('connect')
    .description('connect this host to its control plane and run what it is asked to')
    .option('--attached', 'end in order when standard input closes')
    .addHelpText('after', ENVIRONMENT);
  command.action(async (flags: { attached?: boolean }) => {
    refuseJson(command, 'it prints no result');
    await connect(toolbox, command, flags.attached === true);
  });
}

async function connect(toolbox: Toolbox, command: Command, isAttached: boolean): Promise<void> {
  let daemon: Daemon | null = null;
  let isReloadWanted = false;
  let isStopWanted = false;
  // Before anything else: once the process id is in the lock file, a hang-up may come at any time (pitfall C27).
  process.on('SIGHUP', () => (daemon ? daemon.reload() : (isReloadWanted = true)));
  const stop = () => (daemon ? daemon.stop() : (isStopWanted = true));
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (isAttached) stopWhenInputCloses(stop);

  runSmall();
  try {
    daemon = await start(toolbox, command);
    if (isReloadWanted) daemon.reload();
    if (isStopWanted) daemon.stop();
    const cancelFirst = toolbox.clock.setTimer(SETTLED_AFTER_MS, releaseMemory);
    const cancelOthers = repeat(toolbox.clock, RELEASED_EVERY_MS, releaseMemory);
    const end = await daemon.ended;
    cancelFirst();
    cancelOthers();
    toolbox.exitCode = end.exitCode;
    if (end.sentence !== null) throw new EndOfService(end.sentence, end.exitCode);
  } finally {
    runQuick();
  }
}

async function start(toolbox: Toolbox, command: Command): Promise<Daemon> {
  const config = await configFor(toolbox, command);
  const key = takeEnrollmentKey(config, toolbox.env);
  requireConfigured(config, toolbox.env);
  return await startDaemon({
    config,
    key,
    clock: toolbox.clock,
    random: Math.random,
    randomBytes,
    log: createLog(toolbox.clock, toolbox.err),
    version: toolbox.version,
    environment: toolbox.env,
    bootId: readBootId(),
    reread: () => configFor(toolbox, command),
    beforeRun: runQuick,
  });
}

/** The service ended for a reason that a person should read. */
export class EndOfService extends UsageError {
  readonly exitCode: 0 | 1;

  constructor(sentence: string, exitCode: 0 | 1) {
    super(sentence);
    this.exitCode = exitCode;
  }
}

function stopWhenInputCloses(stop: () => void): void {
  process.stdin.on('end', stop).on('close', stop).on('error', stop);
  process.stdin.resume();
}
