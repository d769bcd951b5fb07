// What may run, what asks people, what is denied: the rules of the account, of one group or of one runner. What is
// changed is a draft until it is saved, with what it does in sight.
import { useMemo } from 'react';
import type { PolicyRules } from '../../protocol/policy.ts';
import { useRemembered } from '../components/remembered.ts';
import { useFetched } from '../components/use-fetched.ts';
import type { ListModel } from '../components/use-list.ts';
import { pastInstant } from '../format/time.ts';
import type { CommandHandlers } from '../keymap/router.ts';
import { policyStanding } from '../store/account-policy.ts';
import {
  movedOverride,
  overrideId,
  sameRules,
  stepped,
  withoutOverride,
  withOverride,
  type PolicyRow,
} from '../store/policy.ts';
import type { TopicState } from '../store/state.ts';
import { useConsole, useConsoleState, useTopic, type Console } from './console-context.ts';
import { ListScreen, useListSettings } from './list-screen.tsx';
import { OverrideDialog } from './policy-dialogs.tsx';
import { readEffect } from './policy-effect.ts';
import { policyColumns, policyItems, scopeText, whose } from './policy-items.ts';
import { readPolicy, type ScopeName } from './policy-read.ts';
import { policyVerbs } from './policy-verbs.tsx';

const noSorts: readonly string[] = [];

export function PolicyScreen({ scope }: { scope: ScopeName }) {
  const screen = useConsole();
  const { session, openMenu, go, timeMode, failureOf, may, now } = screen;
  const { handlers: _sorting, ...settings } = useListSettings(noSorts, '');
  const [draft, setDraft] = useRemembered<PolicyRules | null>('draft', null);
  const { phase } = useTopic('policy');
  const standing = useConsoleState((state) => (phase === 'ready' ? policyStanding(state.policy) : phase));
  const fetched = useFetched(scope, standing, () => readPolicy(session, scope));
  const read = fetched.value;
  const rules = draft ?? read?.document.rules ?? null;
  const isDraft = draft !== null && !sameRules(draft, read?.document.rules ?? null);
  const isActing = useConsoleState(({ me }) => me?.acting_as !== undefined);
  const effect = useFetched(
    `${scope} effect`,
    isActing ? 'none' : JSON.stringify([rules, read?.holding]),
    () =>
      rules === null || read === null || isActing
        ? Promise.resolve(null)
        : readEffect(session, read.holding, rules),
  );
  const items = useMemo(
    () =>
      read === null || rules === null
        ? []
        : policyItems({
            rules,
            stored: read.document.rules,
            isDraft,
            effect: effect.value,
            scopes: read.document.scope.kind === 'account' ? read.scopes : [],
          }),
    [read, rules, isDraft, effect.value],
  );
  const rows = items.flatMap((item) => (item.kind === 'row' ? [item.row] : []));
  const failure = fetched.phase === 'error' ? failureOf(fetched.error) : null;
  const topic: TopicState = { phase: fetched.phase, at: null, failure, more: false };
  const begin = read?.holding;
  const lookAgain = () => {
    setDraft(null);
    fetched.again();
  };
  const verbs =
    read === null || rules === null
      ? []
      : policyVerbs(screen, { scope, read, rules, isDraft, onStored: lookAgain });
  return (
    <ListScreen
      crumbs={['Policy', ...crumbsOf(scope, read)]}
      what="the rules"
      topic={topic}
      view={{ rows, total: rows.length, error: null }}
      settings={{ ...settings, handlers: {} }}
      columns={policyColumns}
      items={items}
      empty={emptyWords(scope, may('policy.edit') && begin !== null && begin !== undefined)}
      handlers={(list) => ({
        ...editKeys(screen, { list, rules, setDraft }),
        'policy.add':
          !may('policy.edit') || read === null
            ? undefined
            : rules === null
              ? begin === null || begin === undefined
                ? undefined
                : () => setDraft(begin)
              : () => openOverride(screen, null, (one) => setDraft(withOverride(rules, null, one))),
        'draft.undo': draft === null ? undefined : () => setDraft(null),
        'list.open': openRow(screen, list.cursor, rules, setDraft),
        'item.act': verbs.length === 0 ? undefined : () => openMenu(`Rules of ${scope}`, verbs),
        'item.events': may('audit.view') ? () => go({ screen: 'audit', filter: 'policy' }) : undefined,
        'app.refresh': () => {
          session.refresh();
          fetched.again();
        },
      })}
      copyText={(row) => ({ text: row.kind === 'override' ? row.override.action : row.id, what: 'the rule' })}
    />
  );

  function crumbsOf(name: ScopeName, known: typeof read): string[] {
    if (known === null) return [name];
    const { document } = known;
    const by = document.updated_by === null ? '' : ` by ${document.updated_by}`;
    const since =
      document.updated_at === null ? '' : `, ${pastInstant(document.updated_at, timeMode, now())}${by}`;
    return [
      whose(document.scope),
      document.version === 0 ? 'none of its own' : `version ${document.version}${since}`,
    ];
  }
}

function emptyWords(scope: ScopeName, mayBegin: boolean) {
  const isAccount = scope === 'account';
  return {
    text: isAccount
      ? 'There are no rules that can be read: everything is denied'
      : `${scope} has no rules of its own`,
    hint: {
      text: isAccount
        ? 'emisar-console policy edit --file puts readable ones in place'
        : `The wider ones hold.${mayBegin ? ' n begins with a copy of them; nothing is sent' : ''}`,
      tone: 'dim' as const,
    },
  };
}

function openOverride(
  { openOverlay }: Console,
  override: Parameters<typeof OverrideDialog>[0]['override'],
  onDone: Parameters<typeof OverrideDialog>[0]['onDone'],
): void {
  openOverlay((close) => <OverrideDialog override={override} onDone={onDone} onClose={close} />);
}

type SetDraft = (rules: PolicyRules | null) => void;

/** A scope opens its rules, a rule its words; a decision has nothing more to show. */
function openRow(
  screen: Console,
  cursor: PolicyRow | null,
  rules: PolicyRules | null,
  setDraft: SetDraft,
): (() => void) | undefined {
  if (cursor?.kind === 'scope') {
    const scope = scopeText(cursor.entry.scope);
    return () => screen.go({ screen: 'policy', scope });
  }
  if (cursor?.kind !== 'override' || rules === null || !screen.may('policy.edit')) return undefined;
  const { index, override } = cursor;
  return () => openOverride(screen, override, (one) => setDraft(withOverride(rules, index, one)));
}

interface Editing {
  readonly list: ListModel<PolicyRow>;
  readonly rules: PolicyRules | null;
  readonly setDraft: SetDraft;
}

/** They change the draft and nothing else. */
function editKeys({ may }: Console, { list, rules, setDraft }: Editing): CommandHandlers {
  const { cursor } = list;
  if (cursor === null || cursor.kind === 'scope' || rules === null || !may('policy.edit')) return {};
  const step = (by: 1 | -1) => () => setDraft(stepped(rules, cursor, by));
  const keys: CommandHandlers = { 'policy.next': step(1), 'policy.previous': step(-1) };
  if (cursor.kind !== 'override') return keys;
  const { index } = cursor;
  const move = (by: 1 | -1) => {
    const moved = movedOverride(rules, index, by);
    if (moved === null) return undefined;
    return () => {
      setDraft(moved);
      list.focus(overrideId(index + by));
    };
  };
  return {
    ...keys,
    'policy.remove': () => setDraft(withoutOverride(rules, index)),
    'policy.earlier': move(-1),
    'policy.later': move(1),
  };
}
