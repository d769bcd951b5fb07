// The HTTP of runs: the calls of protocol/api/runs.ts mapped to the door.
import * as api from '../../protocol/api/runs.ts';
import { Refusal } from '../../protocol/errors.ts';
import { bind, type BoundRoute, type Caller } from '../http/bound-route.ts';
import type { Runs } from './runs.ts';

export function runRoutes(runs: Runs): BoundRoute[] {
  return [
    bind(api.dispatch, ({ caller, body, rawBody, idempotencyKey }) => {
      return runs.dispatch({ ...askedBy(caller), body, rawBody, idempotencyKey });
    }),
    bind(api.getOperation, ({ caller, params }) => runs.operation(caller.accountId, params.id)),
    bind(api.listAnswers, async ({ caller, params }) => ({
      items: await runs.answers(caller.accountId, params.id),
    })),
    bind(api.cancelOperation, ({ caller: { accountId, actor }, params, body }) =>
      runs.cancelOperation({ accountId, actor, id: params.id, reason: body.reason }),
    ),
    bind(api.rerunOperation, ({ caller, params, body, idempotencyKey }) =>
      runs.rerunOperation({ ...askedBy(caller), idempotencyKey, id: params.id, ...body }),
    ),
    bind(api.rerunRun, ({ caller, params, body, idempotencyKey }) =>
      runs.rerun({ ...askedBy(caller), idempotencyKey, id: params.id, reason: body.reason }),
    ),
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

function askedBy({ accountId, memberId, memberName, actor }: Caller) {
  return { accountId, memberId, memberName, actor };
}
