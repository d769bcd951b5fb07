// HTTP of runners: the fleet, one runner, the verbs on it.
import * as api from '../../protocol/api/runners.ts';
import { getFleetSummary, listGroups } from '../../protocol/api/session.ts';
import { bind, type BoundRoute } from '../http/bound-route.ts';
import type { RunnerActions } from './actions.ts';
import type { Runners } from './runners.ts';

export function runnerRoutes({ fleet, verbs }: Runners, actions: RunnerActions): BoundRoute[] {
  return [
    bind(getFleetSummary, ({ caller }) => fleet.summary(caller)),
    bind(listGroups, async ({ caller }) => ({ items: await fleet.groups(caller) })),
    bind(api.listRunners, ({ caller, query }) => fleet.list(caller, query)),
    bind(api.getRunner, ({ caller, params }) => fleet.detail(caller, params.id)),
    bind(api.listRunnerActions, async ({ caller, params }) => ({
      items: await actions.of(caller, params.id),
    })),
    bind(api.holdRunner, ({ caller, params }) => verbs.hold(caller, params.id)),
    bind(api.releaseRunner, ({ caller, params }) => verbs.release(caller, params.id)),
    bind(api.disableRunner, ({ caller, params }) => verbs.disable(caller, params.id)),
    bind(api.enableRunner, ({ caller, params }) => verbs.enable(caller, params.id)),
    bind(api.revokeRunnerToken, ({ caller, params }) => verbs.revokeToken(caller, params.id)),
    bind(api.deleteRunner, async ({ caller, params }) => {
      const { id, name } = await verbs.remove(caller, params.id);
      return { deleted: true as const, id, name };
    }),
  ];
}
