// The run's life against whatever order of events a runner, a person and time may produce.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isTerminal, mayMove, runStatuses, type RunStatus } from '../../../src/protocol/run.ts';
import { SCOPE, caller, progressFrame, resultFrame, startFleet, type Fleet } from './fleet.ts';

const steps = [
  'started',
  'progress',
  'success',
  'failed',
  'cancel',
  'cap',
  'drop',
  'connect',
  'minute',
] as const;
type Step = (typeof steps)[number];

async function take(fleet: Fleet, step: Step, runId: string, requestId: string): Promise<void> {
  const socket = fleet.sockets.get('rnr_web-1');
  if (step === 'minute') await fleet.clock.advance(60_000);
  else if (step === 'cancel') {
    await fleet.runs.cancel({ ...SCOPE, runId, reason: undefined, actor: caller().actor }).catch(() => {});
  } else if (step === 'connect') {
    if (!socket) await fleet.connect('rnr_web-1');
  } else if (!socket) return;
  else if (step === 'drop') await fleet.disconnect('rnr_web-1');
  else if (step === 'started') await fleet.runs.started(socket, requestId);
  else if (step === 'cap') await fleet.runs.capReached(socket, requestId);
  else if (step === 'progress') fleet.runs.progress(socket, progressFrame(requestId, 1));
  else await fleet.runs.result(socket, resultFrame(requestId, { status: step }));
}

function isLegal(before: RunStatus, after: RunStatus): boolean {
  return (
    mayMove(before, after) ||
    runStatuses.some((between) => mayMove(before, between) && mayMove(between, after))
  );
}

test('RN1: every change of a run is a legal move, an end is final, and each run is ended once in the audit trail', async () => {
  const fleet = await startFleet();
  await fleet.ready('web-1');
  fleet.runs.start();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...steps), { maxLength: 14 }), async (path) => {
      if (!fleet.sockets.has('rnr_web-1')) await fleet.connect('rnr_web-1');
      const { results } = await fleet.dispatch({ runners: ['web-1'] });
      const runId = results[0]?.run?.id ?? '';
      const read = async () =>
        fleet.database.read.selectFrom('runs').selectAll().where('id', '=', runId).executeTakeFirstOrThrow();
      const { request_id: requestId } = await read();
      let before: RunStatus = (await read()).status;
      for (const step of path) {
        await take(fleet, step, runId, requestId);
        const after = (await read()).status;
        // A step may hold two moves (requeued and handed over again, or handed over by a sweep that was
        // under way at the last look), never one out of an end.
        if (isTerminal(before)) expect(after).toBe(before);
        else if (after !== before) expect(isLegal(before, after), `${before} to ${after}`).toBe(true);
        before = after;
      }
      const ends = await fleet.database.read
        .selectFrom('audit_events')
        .selectAll()
        .where('target_id', '=', runId)
        .where('event_type', 'like', 'action_run.%')
        .where('event_type', '!=', 'action_run.requested')
        .execute();
      expect(ends.length).toBe(isTerminal(before) ? 1 : 0);
      const socket = fleet.sockets.get('rnr_web-1') ?? (await fleet.connect('rnr_web-1'));
      // The first word of a requeued run only lets it be handed over again.
      for (let word = 0; word < 2; word += 1) await fleet.runs.result(socket, resultFrame(requestId));
      expect(isTerminal((await read()).status)).toBe(true);
    }),
    { numRuns: 120 },
  );
  await fleet.close();
}, 60_000);
