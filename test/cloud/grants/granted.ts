// Runs that policy holds back, approved together with a standing grant.
import type { GrantWish } from '../../../src/cloud/grants/mint.ts';
import type { Grant } from '../../../src/protocol/api/grants.ts';
import type { ActionDescriptor } from '../../../src/protocol/descriptor.ts';
import { fullReach, type Reach } from '../../../src/protocol/scope.ts';
import { caller, descriptor, SCOPE, type Fleet } from '../runs/fleet.ts';

export const restart = descriptor('demo.restart', { risk: 'high' });

export const person = (id: string, reach: Reach = fullReach) => ({
  ...caller('operator'),
  reach,
  memberId: id,
  memberName: id,
  actor: { ...caller().actor, id, label: id },
});

/** Starts it once more, and what became of it. */
export async function startsAs(
  fleet: Fleet,
  body: Parameters<Fleet['dispatch']>[0] = {},
  args = '{}',
  more: Parameters<Fleet['dispatch']>[2] = {},
) {
  const whole = { runners: ['web-1'], action_id: 'demo.restart', ...body };
  const [result] = (await fleet.dispatch(whole, args, more)).results;
  return { status: result?.run?.status, runId: result?.run?.id ?? '' };
}

/** `demo.restart` on a runner that is new, asked for by Ada's token and approved by `approver`. */
export async function grantOn(
  fleet: Fleet,
  name: string,
  wish: Partial<GrantWish> = {},
  actions: ActionDescriptor[] = [restart],
  approver = 'bob',
  reach: Reach = fullReach,
): Promise<Grant> {
  await fleet.ready(name, actions);
  await startsAs(fleet, { runners: [name] });
  const [request] = (await fleet.approvals.list(SCOPE, { status: 'pending', limit: 1 })).items;
  const whole: GrantWish = {
    duration: '1d',
    scope: { args: 'exact', runner: 'this' },
    maxUses: null,
    ...wish,
  };
  const { grant } = await fleet.approvals.approve(
    person(approver, reach),
    request?.id ?? '',
    undefined,
    whole,
  );
  if (!grant) throw new Error('no grant was made');
  return grant;
}
