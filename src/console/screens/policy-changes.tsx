// Before saving: which actions and which recent runs the draft would have decided otherwise.
import { useMemo } from 'react';
import type { DialogRoom } from '../components/dialog.tsx';
import type { JudgedAction, PolicyDecision, PolicyRules } from '../../protocol/policy.ts';
import { failureSpans } from '../components/states.tsx';
import { count, plural } from '../format/amount.ts';
import { listActions } from '../../protocol/api/actions.ts';
import { listRunnerActions } from '../../protocol/api/runners.ts';
import { useFetched } from '../components/use-fetched.ts';
import { readPages } from '../store/pages.ts';
import type { Session } from '../store/session.ts';
import { actionChanges, appliesTo, runChanges } from '../store/policy.ts';
import type { ConsoleState } from '../store/state.ts';
import { badge, decisionTokens } from '../theme/tokens.ts';
import type { Span, Spans } from '../theme/span.ts';
import { useConsole, useConsoleState, useTopic } from './console-context.ts';
import type { ReadPolicy } from './policy-read.ts';
import { ScrolledDialog } from '../components/scrolled-dialog.tsx';

interface ChangesProps {
  readonly read: ReadPolicy;
  readonly rules: PolicyRules;
  readonly room: DialogRoom;
  readonly onClose: () => void;
}

export function PolicyChanges({ read, rules, room, onClose }: ChangesProps) {
  const { phase } = useTopic('runs');
  useTopic('fleet');
  const runs = useConsoleState((state) => state.runs);
  const runners = useConsoleState((state) => state.runners);
  const { session, failureOf } = useConsole();
  const actions = useFetched('known actions', '', () => readActions(session, read));
  const lines = useMemo(
    () => changeLines({ runs, runners }, read, rules, actions.value ?? []),
    [runs, runners, read, rules, actions.value],
  );
  const isReading = phase === 'loading' || actions.phase === 'loading';
  return (
    <ScrolledDialog
      title="What would change"
      lines={
        isReading
          ? [{ text: '◌ Reading actions and recent runs…', tone: 'dim' }]
          : actions.phase === 'error'
            ? [...lines, '', ...failureSpans(failureOf(actions.error), 80)]
            : lines
      }
      room={room}
      onClose={onClose}
    />
  );
}

type Known = Pick<ConsoleState, 'runs' | 'runners'>;

/** What runners have where these rules decide. */
async function readActions({ call }: Session, { document }: ReadPolicy): Promise<JudgedAction[]> {
  const { kind, ref } = document.scope;
  if (kind === 'runner') {
    const { items } = await call(listRunnerActions, { params: { id: ref ?? '' } });
    return items.map(({ action }) => ({ id: action.id, risk: action.risk }));
  }
  const query = kind === 'group' && ref !== null ? { group: ref } : {};
  return (await readPages(call, listActions, query)).items;
}

function changeLines(
  known: Known,
  { document, holding, scopes }: ReadPolicy,
  rules: PolicyRules,
  offered: readonly JudgedAction[],
): Spans[] {
  const here = [...known.runs.values()]
    .filter((run) => {
      const runner = known.runners.get(run.runner_id);
      return runner !== undefined && appliesTo(document.scope, scopes, runner);
    })
    .toSorted((a, b) => (a.queued_at < b.queued_at ? 1 : -1));
  const actions = actionChanges(holding, rules, offered);
  const changed = runChanges(holding, rules, here);
  return [
    [
      { text: plural(actions.length, 'action'), bold: true },
      { text: ` of ${count(offered.length)} that runners here have would be decided otherwise` },
    ],
    ...actions.map((change): Span[] => [{ text: `  ${change.id}  ` }, ...arrow(change.before, change.after)]),
    '',
    [
      { text: plural(changed.length, 'run'), bold: true },
      { text: ` of the last ${count(here.length)} here would have been decided otherwise` },
    ],
    ...changed.map(({ run, before, after }): Span[] => [
      { text: `  ${run.action_id} on ${run.runner_name}  ` },
      ...arrow(before, after),
      { text: `  by ${run.requested_by}`, tone: 'dim' },
    ]),
  ];
}

function arrow(before: PolicyDecision, after: PolicyDecision): Span[] {
  return [badge(decisionTokens[before]), { text: ' → ', tone: 'dim' }, badge(decisionTokens[after])];
}
