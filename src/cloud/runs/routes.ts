// The HTTP of runs: the calls of protocol/api/runs.ts mapped to the door.
import * as api from '../../protocol/api/runs.ts';
import { Refusal } from '../../protocol/errors.ts';
import { bind, type BoundRoute, type Caller } from '../http/bound-route.ts';
import type { Runs } from './runs.ts';

export function runRoutes(runs: Runs): BoundRoute[] {
  return [
    bind(api.dispatch, ({ caller, body, rawBody }) => runs.dispatch({ ...askedBy(caller), body, rawBody })),
    bind(api.getOperation, ({ caller, params }) => runs.operation(caller, params.id)),
    bind(api.listAnswers, async ({ caller, params }) => ({
      items: await runs.answers(caller, params.id),
    })),
    bind(api.cancelOperation, ({ caller: { accountId, reach, actor }, params, body }) =>
      runs.cancelOperation({ accountId, reach, actor, id: params.id, reason: body.reason }),
    ),
    bind(api.rerunOperation, ({ caller, params, body }) =>
      runs.rerunOperation({ ...askedBy(caller), id: params.id, ...body }),
    ),
    bind(api.rerunRun, ({ caller, params, body }) =>
      runs.rerun({ ...askedBy(caller), id: params.id, reason: body.reason }),
    ),
    bind(api.listRuns, ({ caller, query }) => runs.list(caller, query)),
    bind(api.getRun, async ({ caller, params }) => {
      const run = await runs.detail(caller, params.id);
      if (!run) throw new Refusal('not_found', 'Cannot find this run');
      return run;
    }),
    bind(api.getRunOutput, ({ caller, params, query }) => runs.output(caller, params.id, query)),
    bind(api.cancelRun, ({ caller, params, body }) =>
      runs.cancel({
        accountId: caller.accountId,
        reach: caller.reach,
        runId: params.id,
        reason: body.reason,
        actor: caller.actor,
      }),
    ),
  ];
}

function askedBy({ accountId, reach, memberId, memberName, actor }: Caller) {
  return { accountId, reach, memberId, memberName, actor };
}
