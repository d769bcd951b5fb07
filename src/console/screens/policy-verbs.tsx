// What one can do about rules: see what a draft would change, save it, give a group its own, take those away.
import type { PolicyDocument } from '../../protocol/api/policy.ts';
import type { PolicyRules } from '../../protocol/policy.ts';
import type { ActMenuItem } from '../components/act-menu.tsx';
import { plural } from '../format/amount.ts';
import { ruleChanges } from '../store/policy.ts';
import type { Spans } from '../theme/span.ts';
import type { Console } from './console-context.ts';
import { PolicyChanges } from './policy-changes.tsx';
import { ResolveDialog, ScopeDialog } from './policy-dialogs.tsx';
import { whose } from './policy-items.ts';
import { dropPolicy, savePolicy, type ReadPolicy, type ScopeName } from './policy-read.ts';

export interface PolicyDraft {
  readonly scope: ScopeName;
  readonly read: ReadPolicy;
  /** What is shown: the draft, or what holds. */
  readonly rules: PolicyRules;
  readonly isDraft: boolean;
  /** Stored or taken away: the draft is done with. */
  readonly onStored: () => void;
}

export function policyVerbs(screen: Console, draft: PolicyDraft): ActMenuItem[] {
  const { openOverlay, go, may, room } = screen;
  const { read, rules, isDraft } = draft;
  const items: ActMenuItem[] = [
    {
      letter: 'h',
      label: 'What holds…',
      hint: 'for one action on one runner',
      run: () => openOverlay((close) => <ResolveDialog runner={runnerIn(draft.scope)} onClose={close} />),
    },
    {
      letter: 'c',
      label: 'What would change',
      hint: 'actions and recent runs that the draft decides otherwise',
      ...(isDraft ? {} : { blocked: 'nothing was changed; space changes a decision' }),
      run: () =>
        openOverlay((close) => <PolicyChanges read={read} rules={rules} room={room} onClose={close} />),
    },
    {
      letter: 'g',
      label: 'Rules of a group or a runner…',
      hint: 'in place of these there',
      run: () =>
        openOverlay((close) => (
          <ScopeDialog onDone={(scope) => go({ screen: 'policy', scope })} onClose={close} />
        )),
    },
  ];
  if (!may('policy.edit')) return items;
  items.push({
    letter: 'w',
    label: 'Save these rules…',
    hint: 'they decide from the next run on',
    tone: 'caution',
    ...(isDraft ? {} : { blocked: 'nothing was changed; space changes a decision' }),
    run: () => save(screen, draft),
  });
  if (read.document.scope.kind !== 'account' && read.document.rules !== null)
    items.push({
      letter: 'x',
      label: 'Take these rules away…',
      hint: 'the wider ones hold again',
      tone: 'caution',
      run: () => drop(screen, draft),
    });
  return items;
}

function runnerIn(scope: ScopeName): string {
  return scope.startsWith('runner:') ? scope.slice('runner:'.length) : '';
}

/** Lines of changes that fit into a dialog of 24 rows. */
const LINES_MAX = 8;

function save({ session, confirm }: Console, { scope, read, rules, onStored }: PolicyDraft): void {
  const { document, holding } = read;
  const changes = ruleChanges(document.rules, rules);
  const inside = document.rules === null ? ruleChanges(holding, rules) : [];
  const lines = [...changes, ...inside];
  const more = lines.length - LINES_MAX;
  confirm({
    title: `Save the rules of ${whose(document.scope)}`,
    consequence: [
      consequenceOf(document),
      'Runs that wait or are under way keep the decision that they have.',
    ],
    facts: [
      ...lines.slice(0, LINES_MAX).map((text): Spans => `  ${text}`),
      ...(more > 0 ? [{ text: `  and ${plural(more, 'further change')}`, tone: 'dim' as const }] : []),
    ],
    verb: 'Save',
    tone: 'caution',
    onConfirm: async () => {
      const after = await savePolicy(session, scope, { rules, expected_version: document.version });
      session.notify({
        tone: 'good',
        text: `The rules of ${whose(document.scope)} are at version ${after.version}`,
      });
      onStored();
    },
  });
}

function consequenceOf({ scope, version, rules }: PolicyDocument): string {
  const where = scope.kind === 'account' ? 'wherever no group or runner has its own' : `for ${whose(scope)}`;
  return rules === null
    ? `They decide from now on ${where}, in place of the wider ones.`
    : `They replace version ${version} and decide from now on ${where}.`;
}

function drop({ session, confirm }: Console, { scope, read, onStored }: PolicyDraft): void {
  const { document } = read;
  confirm({
    title: `Take the rules of ${whose(document.scope)} away`,
    consequence: [
      document.scope.kind === 'runner'
        ? 'Those of its group, else those of the account, decide there again.'
        : 'Those of the account decide there again.',
    ],
    verb: 'Take away',
    tone: 'caution',
    onConfirm: async () => {
      await dropPolicy(session, scope, document.version);
      session.notify({ tone: 'good', text: `${whose(document.scope)} has no rules of its own any more` });
      onStored();
    },
  });
}
