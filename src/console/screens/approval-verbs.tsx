// Deciding on what waits: approving asks with its consequence, denying asks why.
import { approve, deny, type Approval } from '../../protocol/api/approvals.ts';
import { getGrantCap } from '../../protocol/api/grants.ts';
import type { ActMenuItem } from '../components/act-menu.tsx';
import type { Console } from './console-context.ts';
import { GrantDialog } from './grant-dialog.tsx';
import { ReasonDialog } from './reason-dialog.tsx';

/** Denying first: it changes nothing on a host. Empty when the role decides nothing or all is decided. */
export function approvalVerbs(screen: Console, approval: Approval): ActMenuItem[] {
  if (!screen.may('approvals.decide') || approval.status !== 'pending') return [];
  const { session, room, openOverlay, confirm, failureOf } = screen;
  const what = `${approval.action_id} on ${approval.runner_name}`;
  const params = { id: approval.id };
  return [
    {
      letter: 'd',
      label: 'Deny…',
      hint: 'the run is cancelled; nothing was executed',
      run: () =>
        openOverlay((close) => (
          <ReasonDialog
            title={`Deny ${what}`}
            consequence={`${approval.requested_by} is told so. The run is cancelled and never reaches the host.`}
            room={room}
            failureOf={failureOf}
            onClose={close}
            onReason={async (note) => {
              await session.call(deny, { params, body: { note } });
              session.notify({ tone: 'plain', text: `Denied: ${what}` });
            }}
          />
        )),
    },
    {
      letter: 'p',
      label: 'Approve…',
      hint: 'with enough people behind it, it runs at once',
      tone: 'caution',
      run: () =>
        confirm({
          title: `Approve ${what}`,
          consequence: [
            `${approval.requested_by} asked for it: “${approval.reason}”.`,
            approval.approvals_count + 1 >= approval.min_approvals
              ? 'It goes to the host as soon as you approve.'
              : `It needs ${approval.min_approvals - approval.approvals_count - 1} more after you.`,
          ],
          facts: [
            { text: `${approval.risk} risk · ${approval.pack_id} ${approval.pack_version}`, tone: 'dim' },
          ],
          verb: 'Approve',
          tone: approval.risk === 'critical' ? 'danger' : 'caution',
          onConfirm: async () => {
            const after = await session.call(approve, { params, body: {} });
            const text =
              after.status === 'pending'
                ? `Recorded: ${after.approvals_count} of ${after.min_approvals} approve ${what}`
                : `Approved: ${what}`;
            session.notify({ tone: 'good', text });
          },
        }),
    },
    {
      letter: 'g',
      label: 'Approve, and let it repeat…',
      hint: 'a standing grant for the token that asked',
      tone: 'caution',
      ...grantable(approval),
      run: () => void openGrant(screen, approval),
    },
  ];
}

/** Only the vote that decides can leave a grant, and only for a token that is known. */
function grantable(approval: Approval): { readonly blocked?: string } {
  if (approval.token_name === null) return { blocked: 'nobody knows which token asked' };
  const needed = approval.min_approvals - approval.approvals_count;
  return needed > 1 ? { blocked: `it needs ${needed} votes; the last one can grant` } : {};
}

async function openGrant({ session, openOverlay }: Console, approval: Approval): Promise<void> {
  try {
    const { max_seconds: capSeconds } = await session.call(getGrantCap);
    if (capSeconds === 0)
      return session.notify({
        tone: 'caution',
        text: 'Standing grants are off',
        fix: ':grants sets a length',
      });
    openOverlay((close) => <GrantDialog approval={approval} capSeconds={capSeconds} onClose={close} />);
  } catch (error) {
    session.notifyFailure(error);
  }
}
