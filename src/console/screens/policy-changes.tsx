// Before saving: which actions and which recent runs the draft would have decided otherwise.
import { useMemo } from 'react';
import type { DialogRoom } from '../components/dialog.tsx';
import type { PolicyDecision, PolicyRules } from '../../protocol/policy.ts';
import { count, plural } from '../format/amount.ts';
import { actionChanges, appliesTo, runChanges } from '../store/policy.ts';
import type { ConsoleState } from '../store/state.ts';
import { badge, decisionTokens } from '../theme/tokens.ts';
import type { Span, Spans } from '../theme/span.ts';
import { useConsoleState, useTopic } from './console-context.ts';
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
  const lines = useMemo(() => changeLines({ runs, runners }, read, rules), [runs, runners, read, rules]);
  return (
    <ScrolledDialog
      title="What would change"
      lines={phase === 'loading' ? [{ text: '◌ Reading the recent runs…', tone: 'dim' }] : lines}
      room={room}
      onClose={onClose}
    />
  );
}

type Known = Pick<ConsoleState, 'runs' | 'runners'>;

function changeLines(known: Known, { document, holding, scopes }: ReadPolicy, rules: PolicyRules): Spans[] {
  const here = [...known.runs.values()]
    .filter((run) => {
      const runner = known.runners.get(run.runner_id);
      return runner !== undefined && appliesTo(document.scope, scopes, runner);
    })
    .toSorted((a, b) => (a.queued_at < b.queued_at ? 1 : -1));
  const actions = actionChanges(
    holding,
    rules,
    here.map((run) => ({ id: run.action_id, risk: run.risk })),
  );
  const changed = runChanges(holding, rules, here);
  return [
    [
      { text: plural(changed.length, 'run'), bold: true },
      { text: ` of the last ${count(here.length)} here would have been decided otherwise` },
    ],
    ...(actions.length === 0 ? [] : ['', { text: 'actions that ran here', tone: 'dim' as const }]),
    ...actions.map((change): Span[] => [{ text: `  ${change.id}  ` }, ...arrow(change.before, change.after)]),
    ...(changed.length === 0 ? [] : ['', { text: 'runs, newest first', tone: 'dim' as const }]),
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
