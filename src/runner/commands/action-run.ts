// `emisar action run ID`: one action on this host, by whoever may use this program here. The same engine as a
// dispatch's: admission, arguments, masking, limits, journal; no control plane is asked or told.
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { parsePackDuration } from '../../packs/duration.ts';
import { parseExact } from '../../protocol/exact-json.ts';
import { bounded } from '../../protocol/neutralise.ts';
import type { Engine, Execution, RunFacts, RunOutcome } from '../execution/engine.ts';
import { createHostEngine } from '../host-engine.ts';
import { shareJournal } from '../journal/shared-journal.ts';
import { loadWithWarnings } from './action-list.ts';
import { printJson } from './print.ts';
import { configFor, refuseJson, UsageError, type Toolbox } from './toolbox.ts';

interface Flags {
  readonly arg: readonly string[];
  readonly reason: string;
  readonly timeout?: number;
  readonly stream?: boolean;
}

export function addActionRun(group: Command, toolbox: Toolbox): void {
  const command = group
    .command('run')
    .description('run one action on this host; its result as JSON')
    .argument('<id>', 'its id')
    .option(
      '-a, --arg <name=value>',
      'an argument (repeatable)',
      (text, before: string[]) => [...before, text],
      [],
    )
    .option('--reason <text>', 'why; kept in the journal', '')
    .option('--timeout <duration>', 'such as 30s, within what the action allows', timeoutOf)
    .option('--stream', 'print the output as it comes, then the result');
  command.action(async (id: string, flags: Flags) => {
    refuseJson(command, 'it prints JSON always');
    const facts = factsOf(id, flags);
    const config = await configFor(toolbox, command);
    const journal = shareJournal({ ...config.events, path: config.events.jsonlPath });
    const engine = createHostEngine({
      config,
      packs: loadWithWarnings(config.paths.packs, toolbox),
      journal,
      clock: toolbox.clock,
      randomBytes,
      environment: toolbox.env,
    });
    const ended = await runOnce(engine, facts, flags.stream === true, toolbox);
    await journal.close();
    printJson(toolbox.out, describeOutcome(id, ended));
    if (ended.outcome.status !== 'success')
      throw new UsageError(
        `Cannot report success for ${bounded(id, 128)}: it ended as ${ended.outcome.status}`,
      );
  });
}

interface Ended {
  readonly outcome: RunOutcome;
  readonly stdout: string;
  readonly stderr: string;
}

async function runOnce(
  engine: Engine,
  facts: RunFacts,
  isStreamed: boolean,
  toolbox: Toolbox,
): Promise<Ended> {
  const printed = { stdout: '', stderr: '' };
  const execution = engine.run(facts, {
    started: () => {},
    output(stream, text) {
      printed[stream] += text;
      if (isStreamed) (stream === 'stdout' ? toolbox.out : toolbox.err)(text);
    },
  });
  const stopListening = cancelOnSignals(execution);
  try {
    return { outcome: await execution.outcome, ...printed };
  } finally {
    stopListening();
    await engine.stopAll();
  }
}

// Whoever presses ctrl-c wants the action ended in order and on record, not left behind.
function cancelOnSignals(execution: Execution): () => void {
  const cancel = () => execution.cancel();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, cancel);
  return () => {
    for (const signal of signals) process.off(signal, cancel);
  };
}

function factsOf(actionId: string, flags: Flags): RunFacts {
  const args: Record<string, unknown> = {};
  for (const text of flags.arg) {
    const at = text.indexOf('=');
    if (at < 1) throw new UsageError(`Cannot use --arg ${bounded(text, 80)}: write it as name=value`);
    args[text.slice(0, at)] = argumentOf(text.slice(at + 1));
  }
  const opts = flags.timeout ? { opts: { timeout: flags.timeout } } : {};
  return { requestId: '', actionId, args, reason: flags.reason, ...opts };
}

/** Words and numbers of JSON, and what looks like JSON and is, are values; everything else is text. */
export function argumentOf(text: string): unknown {
  if (!/^(?:true|false|null|-?\d|["[{])/.test(text)) return text;
  try {
    return parseExact(text);
  } catch {
    return text;
  }
}

function timeoutOf(text: string): number {
  const durationNs = parsePackDuration(text);
  if (durationNs === null || durationNs < 0n)
    throw new UsageError(`Cannot use --timeout ${bounded(text, 40)}: write a duration such as 30s`);
  return Number(durationNs);
}

function describeOutcome(actionId: string, { outcome, stdout, stderr }: Ended): object {
  const {
    status,
    event_id,
    local_audit_failed,
    emitted_stdout_sha256: stdout_sha256,
    emitted_stderr_sha256: stderr_sha256,
    emitted_stdout_bytes: stdout_bytes,
    emitted_stderr_bytes: stderr_bytes,
    ...rest
  } = outcome;
  return {
    status,
    ...(event_id !== undefined && { event_id }),
    ...(local_audit_failed && { local_audit_failed }),
    action_id: actionId,
    ...(stdout !== '' && { stdout }),
    ...(stderr !== '' && { stderr }),
    ...rest,
    ...(stdout_sha256 !== undefined && { stdout_sha256, stderr_sha256 }),
    ...(stdout_sha256 !== undefined && { stdout_bytes, stderr_bytes }),
  };
}
