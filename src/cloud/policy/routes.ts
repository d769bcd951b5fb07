// The HTTP of policy: the calls of protocol/api/policy.ts mapped to the door.
import * as api from '../../protocol/api/policy.ts';
import { bind, type BoundRoute } from '../http/bound-route.ts';
import type { AskedScope, Policy } from './policy.ts';

const account: AskedScope = { kind: 'account' };
const ofGroup = ({ group }: { group: string }): AskedScope => ({ kind: 'group', group });
const ofRunner = ({ runner }: { runner: string }): AskedScope => ({ kind: 'runner', runner });

export function policyRoutes(policy: Policy): BoundRoute[] {
  return [
    bind(api.getPolicy, ({ caller }) => policy.account(caller)),
    bind(api.putPolicy, ({ caller, body, ifMatch }) => policy.edit(caller, account, changeOf(body, ifMatch))),
    bind(api.getGroupPolicy, ({ caller, params }) => policy.document(caller, ofGroup(params))),
    bind(api.putGroupPolicy, ({ caller, params, body, ifMatch }) =>
      policy.edit(caller, ofGroup(params), changeOf(body, ifMatch)),
    ),
    bind(api.deleteGroupPolicy, async ({ caller, params, query, ifMatch }) => ({
      deleted: true as const,
      scope: await policy.remove(caller, ofGroup(params), query.expected_version ?? ifMatch),
    })),
    bind(api.getRunnerPolicy, ({ caller, params }) => policy.document(caller, ofRunner(params))),
    bind(api.putRunnerPolicy, ({ caller, params, body, ifMatch }) =>
      policy.edit(caller, ofRunner(params), changeOf(body, ifMatch)),
    ),
    bind(api.deleteRunnerPolicy, async ({ caller, params, query, ifMatch }) => ({
      deleted: true as const,
      scope: await policy.remove(caller, ofRunner(params), query.expected_version ?? ifMatch),
    })),
    bind(api.simulatePolicy, ({ caller, body }) => policy.simulate(caller, body.rules)),
    bind(api.resolvePolicy, ({ caller, query }) => policy.resolve(caller, query)),
  ];
}

function changeOf(
  body: { rules: Parameters<Policy['simulate']>[1]; expected_version?: number | undefined },
  ifMatch: number | null,
) {
  return { rules: body.rules, expectedVersion: body.expected_version ?? ifMatch };
}
