// What one can do about a run: stop it, run the same again.
import { cancelRun, type Run } from '../../protocol/api/runs.ts';
import { isTerminal } from '../../protocol/run.ts';
import type { ActMenuItem } from '../components/act-menu.tsx';
import type { ConfirmWish, Console } from './console-context.ts';

type Screen = Pick<Console, 'session' | 'confirm' | 'may' | 'go'>;

/** The mildest first; empty when the role allows none. */
export function runVerbs(screen: Screen, run: Run): ActMenuItem[] {
  const items: ActMenuItem[] = [];
  if (screen.may('runs.dispatch')) {
    items.push({
      letter: 'r',
      label: 'Run again…',
      hint: 'opens the form, filled in',
      run: () => runAgain(screen, run),
    });
    items.push({
      letter: 'd',
      label: 'Its dispatch',
      hint: 'all runs that were asked for together',
      run: () => screen.go({ screen: 'operation', id: run.operation_id }),
    });
  }
  if (screen.may('runs.cancel') && !isTerminal(run.status)) {
    const item: ActMenuItem = {
      letter: 'c',
      label: 'Cancel…',
      hint: run.status === 'pending' ? 'withdraws it' : 'stops its processes on the host',
      tone: 'caution',
      ...(run.status === 'cancelling' ? { blocked: 'asked already; the runner has not answered yet' } : {}),
      run: () => screen.confirm(cancelWish(screen, run)),
    };
    items.push(item);
  }
  return items;
}

export function runAgain(screen: Pick<Console, 'go'>, run: Run): void {
  screen.go({ screen: 'new-run', runnerId: run.runner_id, actionId: run.action_id, fromRunId: run.id });
}

function cancelWish({ session }: Screen, run: Run): ConfirmWish {
  const isQueued = run.status === 'pending';
  return {
    title: `Stop ${run.action_id} on ${run.runner_name}`,
    consequence: [
      isQueued
        ? 'It is withdrawn before the runner gets it; nothing was executed.'
        : 'The runner ends the whole process group. What the action did so far stays done.',
    ],
    facts: [{ text: run.id, tone: 'dim' }],
    verb: 'Stop the run',
    tone: 'caution',
    onConfirm: async () => {
      await session.call(cancelRun, { params: { id: run.id }, body: {} });
      session.notify({ tone: 'plain', text: isQueued ? 'Withdrawn' : 'The runner was asked to stop it' });
    },
  };
}
