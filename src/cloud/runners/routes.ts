// HTTP of runners: the fleet, one runner, the verbs on it.
import type { z } from 'zod';
import * as upkeep from '../../protocol/api/fleet-upkeep.ts';
import * as api from '../../protocol/api/runners.ts';
import { getFleetSummary, listGroups } from '../../protocol/api/session.ts';
import type { Scoped } from '../../protocol/scope.ts';
import { bind, type BoundRoute } from '../http/bound-route.ts';
import type { RunnerActions } from './actions.ts';
import type { Runners } from './runners.ts';

/** What others know of a runner. */
export interface RunnerHistory {
  events(asked: Scoped, runnerId: string, page: Page): Promise<z.input<typeof api.listRunnerEvents.output>>;
  runs(
    asked: Scoped,
    runnerId: string,
    page: Page & { status?: string | undefined },
  ): Promise<z.input<typeof api.listRunnerRuns.output>>;
}
interface Page {
  cursor?: string | undefined;
  limit: number;
}

export function runnerRoutes(
  { fleet, verbs, bulk, cleanup }: Runners,
  actions: RunnerActions,
  history: RunnerHistory,
): BoundRoute[] {
  return [
    bind(getFleetSummary, ({ caller }) => fleet.summary(caller)),
    bind(listGroups, async ({ caller }) => ({ items: await fleet.groups(caller) })),
    bind(api.listRunners, ({ caller, query }) => fleet.list(caller, query)),
    bind(api.getRunner, ({ caller, params }) => fleet.detail(caller, params.id)),
    bind(api.listRunnerActions, async ({ caller, params }) => ({
      items: await actions.of(caller, params.id),
    })),
    bind(api.listRunnerPacks, async ({ caller, params }) => ({
      items: (await fleet.detail(caller, params.id)).packs,
    })),
    bind(api.listRunnerTokens, async ({ caller, params }) => ({
      items: await fleet.tokens(caller, params.id),
    })),
    bind(api.listRunnerEvents, async ({ caller, params, query }) =>
      history.events(caller, await fleet.idOf(caller, params.id), query),
    ),
    bind(api.listRunnerRuns, async ({ caller, params, query }) =>
      history.runs(caller, await fleet.idOf(caller, params.id), query),
    ),
    bind(upkeep.bulkRunners, ({ caller, body }) => bulk(caller, body)),
    bind(upkeep.cleanUpRunners, ({ caller, body }) => cleanup.cleanUp(caller, body)),
    bind(upkeep.getRunnerRetention, ({ caller }) => cleanup.retention(caller.accountId)),
    bind(upkeep.putRunnerRetention, ({ caller, body }) => cleanup.setRetention(caller, body)),
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
