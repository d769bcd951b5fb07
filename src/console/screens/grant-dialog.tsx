// Approving once and for a while: what the token that asked may repeat without anybody being asked.
import { approve, type Approval } from '../../protocol/api/approvals.ts';
import { grantWindows, isWithinCap, MAX_GRANT_USES, type GrantWindow } from '../../protocol/grant.ts';
import { formText, type FormField, type FormState } from '../components/form-edit.ts';
import { plural } from '../format/amount.ts';
import { useConsole } from './console-context.ts';
import { FormDialog } from './form-dialog.tsx';
import type { FormErrors } from './form-page.tsx';

interface GrantDialogProps {
  readonly approval: Approval;
  readonly capSeconds: number | null;
  readonly onClose: () => void;
}

export function GrantDialog({ approval, capSeconds, onClose }: GrantDialogProps) {
  const { session, server } = useConsole();
  const what = `${approval.action_id} on ${approval.runner_name}`;
  const send = (state: FormState): FormErrors | (() => Promise<undefined>) => {
    const uses = formText(state, 'uses').trim();
    if (uses !== '' && !isUses(uses)) return { uses: 'a whole number from 2, this run among them' };
    return async () => {
      const note = formText(state, 'note').trim();
      const after = await session.call(approve, {
        params: { id: approval.id },
        body: {
          ...(note === '' ? {} : { note }),
          duration: formText(state, 'for') as GrantWindow,
          scope: {
            args: formText(state, 'arguments') === 'any' ? 'any' : 'exact',
            runner: formText(state, 'runner') === 'any' ? 'any' : 'this',
          },
          ...(uses === '' ? {} : { max_uses: Number(uses) }),
        },
      });
      const most = after.grant?.max_uses ?? null;
      const times = most === null ? '' : `, ${plural(most, 'time')} in all`;
      session.notify({
        tone: 'good',
        text: `Approved: ${what}; ${approval.token_name ?? 'the token'} may repeat it${times}`,
        fix: ':grants ends that',
      });
      return undefined;
    };
  };
  return (
    <FormDialog
      title={`Approve and grant on ${server}`}
      head={`${what}, asked for by ${approval.requested_by}: “${approval.reason}”. It runs at once, and the token ${approval.token_name ?? 'that asked'} may repeat it from the same bytes of ${approval.pack_id} ${approval.pack_version} while nobody is asked.`}
      fields={fieldsFor(approval, capSeconds)}
      button="Approve and grant"
      send={send}
      onClose={onClose}
    />
  );
}

function isUses(text: string): boolean {
  return /^\d{1,7}$/.test(text) && Number(text) >= 2 && Number(text) <= MAX_GRANT_USES;
}

/** Narrow and short stand first. */
function fieldsFor(approval: Approval, capSeconds: number | null): readonly FormField[] {
  const windows = grantWindows.filter((window) => isWithinCap(window, capSeconds));
  return [
    {
      name: 'for',
      kind: 'choice',
      note: '',
      help: 'How long it stands',
      choices: windows,
      initial: windows[0],
    },
    {
      name: 'arguments',
      kind: 'choice',
      note: '',
      help: 'These alone, or whatever the script gives',
      choices: ['these', 'any'],
      initial: 'these',
    },
    {
      name: 'runner',
      kind: 'choice',
      note: '',
      help: `${approval.runner_name} alone, or every runner that the token reaches`,
      choices: ['this', 'any'],
      initial: 'this',
    },
    {
      name: 'uses',
      kind: 'text',
      note: 'number',
      help: 'So many times in all, this run among them',
      placeholder: 'as often as it likes',
    },
    { name: 'note', kind: 'text', note: '', help: 'Kept with the decision' },
  ];
}
