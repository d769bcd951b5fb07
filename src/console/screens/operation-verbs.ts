// What one can do about a dispatch as a whole: run it again where it failed, or stop what is left of it.
import { cancelOperation, rerunOperation, type OperationDetail } from '../../protocol/api/runs.ts';
import type { ActMenuItem } from '../components/act-menu.tsx';
import { plural } from '../format/amount.ts';
import type { OperationRows } from '../store/operation.ts';
import type { Console } from './console-context.ts';

type Screen = Pick<Console, 'session' | 'confirm' | 'may' | 'replace'>;
/** Opens the question for a reason; what it is given does it. */
export type AskReason = (title: string, consequence: string, go: (reason: string) => Promise<void>) => void;

/** The mildest first; empty when the role allows none. */
export function operationVerbs(
  screen: Screen,
  operation: OperationDetail,
  { counts }: OperationRows,
  askReason: AskReason,
): ActMenuItem[] {
  const items: ActMenuItem[] = [];
  if (screen.may('runs.dispatch')) {
    items.push(
      again(screen, operation, 'failed', counts.failed, askReason),
      again(screen, operation, 'all', counts.failed + counts.success + counts.cancelled, askReason),
    );
  }
  const left = counts.running + counts.waiting;
  if (screen.may('runs.cancel')) {
    items.push({
      letter: 'c',
      label: 'Cancel…',
      hint: `${counts.waiting} that wait never start, ${counts.running} are stopped`,
      tone: 'caution',
      ...(left === 0 ? { blocked: 'every run of it has ended' } : {}),
      run: () => cancel(screen, operation, left),
    });
  }
  return items;
}

function again(
  { session, replace }: Screen,
  operation: OperationDetail,
  only: 'failed' | 'all',
  many: number,
  askReason: AskReason,
): ActMenuItem {
  const where =
    only === 'failed' ? `on the ${plural(many, 'runner')} where it failed` : 'on all of its runners';
  return {
    letter: only === 'failed' ? 'r' : 'l',
    label: only === 'failed' ? 'Run again on the failed…' : 'Run again on all…',
    hint: only === 'failed' ? plural(many, 'runner') : '',
    ...(many === 0 ? { blocked: only === 'failed' ? 'none failed' : 'none has ended' } : {}),
    run: () =>
      askReason(
        `Run ${operation.action_id} again`,
        `The same action with the same arguments, ${where}, as a new dispatch.`,
        async (reason) => {
          const { id } = await session.call(rerunOperation, {
            params: { id: operation.id },
            body: { reason, only, ...paceOf(operation) },
          });
          replace({ screen: 'operation', id });
        },
      ),
  };
}

/** It goes on as the first time did. */
function paceOf({ max_parallel, stop_after_failures }: OperationDetail) {
  return {
    ...(max_parallel === null ? {} : { max_parallel }),
    ...(stop_after_failures === null ? {} : { stop_after_failures }),
  };
}

function cancel({ session, confirm }: Screen, operation: OperationDetail, left: number): void {
  confirm({
    title: `Stop ${operation.action_id} on ${plural(left, 'runner')}`,
    consequence: [
      'What waits never starts. What runs is stopped where it is; what it did so far stays done.',
    ],
    facts: [{ text: operation.id, tone: 'dim' }],
    verb: 'Stop it',
    tone: 'caution',
    onConfirm: async () => {
      const { counts } = await session.call(cancelOperation, { params: { id: operation.id }, body: {} });
      session.notify({
        tone: 'plain',
        text: `${counts.cancelled} withdrawn, ${counts.running} asked to stop`,
      });
    },
  });
}
