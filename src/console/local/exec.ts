// One action on this host without a screen: waits for the host, dispatches, passes its output on.
import { getRunner, listRunners } from '../../protocol/api/runners.ts';
import { cancelRun, dispatch, getRun, getRunOutput, type RunDetail } from '../../protocol/api/runs.ts';
import { Refusal, refusals } from '../../protocol/errors.ts';
import { createApi } from '../client/api.ts';
import { pause, systemClock, type Clock } from '../store/clock.ts';
import type { Call } from '../store/session.ts';
import { streamRun, type StreamRunOptions } from '../verbs/stream-run.ts';
import type { LocalFleet } from './fleet.ts';

const ONLINE_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 50;

export interface ExecRequest {
  readonly actionId: string;
  readonly args: Record<string, unknown>;
  readonly reason: string;
  /** Print the finished run and its output as one JSON object instead of the output. */
  readonly json: boolean;
}

export interface ExecIo {
  readonly stdout: NodeJS.WritableStream & { isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { isTTY?: boolean };
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** Resolves with the exit code of the run; refuses when it cannot be dispatched. */
export async function execOnThisHost(fleet: LocalFleet, request: ExecRequest, io: ExecIo): Promise<number> {
  const clock = io.clock ?? systemClock;
  const api = createApi({ url: fleet.url, token: fleet.token, clock });
  try {
    const runnerId = await whenOnline(api.call, fleet, clock, io.signal);
    const operation = await api.call(dispatch, {
      body: { action_id: request.actionId, runners: [runnerId], args: request.args, reason: request.reason },
    });
    const [result] = operation.results;
    if (result?.refusal) throw new RefusedRun(result.refusal);
    if (!result?.run) throw new Refusal('internal', 'Cannot follow the run: the control plane named none');
    if (result.run.status === 'pending_approval') {
      // The fleet ends with this command: nobody could approve it while it waits.
      await api.call(cancelRun, { params: { id: result.run.id }, body: {} });
      const { sentence: detail, fix } = refusals.approval_required;
      throw new RefusedRun({ code: 'approval_required', detail, fix });
    }
    const stream = { url: fleet.url, token: fleet.token };
    if (request.json) return await printJson(api.call, result.run.id, { ...io, clock, stream });
    return await streamRun(api.call, result.run.id, { ...io, clock, stream });
  } finally {
    await api.close();
  }
}

/** A refusal in the server's own words, which may know codes that this build does not. */
export class RefusedRun extends Error {
  readonly code: string;
  readonly fix: string;

  constructor(refusal: { code: string; detail: string; fix: string }) {
    super(refusal.detail);
    this.code = refusal.code;
    this.fix = refusal.fix;
  }
}

/** The id of this host's runner once it is online and has said what it offers. */
export async function whenOnline(
  call: Call,
  fleet: LocalFleet,
  clock: Clock,
  signal: AbortSignal,
): Promise<string> {
  const giveUpAt = clock.now() + ONLINE_WITHIN_MS;
  let ended: string | null = null;
  void fleet.runnerEnded.then((sentence) => (ended = sentence));
  for (;;) {
    const { items } = await call(listRunners, { query: { q: fleet.host, limit: 100 } });
    const own = items.find((runner) => runner.name === fleet.host);
    if (own?.state === 'online' && (own.packs_count > 0 || (await hasPacks(call, own.id)))) return own.id;
    if (signal.aborted) throw new Refusal('unavailable', 'Cannot wait any longer: interrupted');
    if (ended !== null)
      throw new Refusal('unavailable', `Cannot start the runner on this host: ${String(ended)}`);
    if (clock.now() > giveUpAt) {
      throw new Refusal('unavailable', `Cannot run anything: ${fleet.host} did not come online within 30 s`);
    }
    await pause(clock, LOOK_EVERY_MS, signal);
  }
}

async function hasPacks(call: Call, id: string): Promise<boolean> {
  return (await call(getRunner, { params: { id } })).packs.length > 0;
}

async function printJson(call: Call, runId: string, io: StreamRunOptions): Promise<number> {
  const silent = { write: () => true } as unknown as NodeJS.WritableStream;
  const code = await streamRun(call, runId, { ...io, stdout: silent, stderr: silent });
  const run: RunDetail = await call(getRun, { params: { id: runId } });
  const output = await wholeOutput(call, runId);
  io.stdout.write(`${JSON.stringify({ run, output }, null, 2)}\n`);
  return code;
}

async function wholeOutput(call: Call, runId: string): Promise<unknown[]> {
  const chunks: unknown[] = [];
  let after = 0;
  for (;;) {
    const page = await call(getRunOutput, {
      params: { id: runId },
      query: { after_seq: after, limit: 2000 },
    });
    chunks.push(...page.items);
    if (!page.more_after || page.last_seq === null) return chunks;
    after = page.last_seq;
  }
}
