// The HTTP of runs: the calls of protocol/api/runs.ts mapped to the door.
import * as api from '../../protocol/api/runs.ts';
import { Refusal } from '../../protocol/errors.ts';
import { bind, type BoundRoute } from '../http/bound-route.ts';
import type { Runs } from './runs.ts';

export function runRoutes(runs: Runs): BoundRoute[] {
  return [
    bind(api.dispatch, ({ caller, body, rawBody, idempotencyKey }) => {
      const { accountId, memberId, memberName, actor } = caller;
      return runs.dispatch({ accountId, memberId, memberName, actor, body, rawBody, idempotencyKey });
    }),
    bind(api.getOperation, ({ caller, params }) => runs.operation(caller.accountId, params.id)),
    bind(api.listRuns, ({ caller, query }) => runs.list(caller.accountId, query)),
    bind(api.getRun, async ({ caller, params }) => {
      const run = await runs.detail(caller.accountId, params.id);
      if (!run) throw new Refusal('not_found', 'Cannot find this run');
      return run;
    }),
    bind(api.getRunOutput, ({ caller, params, query }) => runs.output(caller.accountId, params.id, query)),
    bind(api.cancelRun, ({ caller, params, body }) =>
      runs.cancel({
        accountId: caller.accountId,
        runId: params.id,
        reason: body.reason,
        actor: caller.actor,
      }),
    ),
  ];
}
