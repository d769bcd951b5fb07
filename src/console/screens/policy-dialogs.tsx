// What the rules ask for in words: a rule's pattern and name, another scope, and what holds for one action.
import { resolvePolicy } from '../../protocol/api/policy.ts';
import { PolicyOverride, policyDecisions } from '../../protocol/policy.ts';
import { formText, type FormField, type FormState } from '../components/form-edit.ts';
import { tryDecode } from '../../protocol/decode.ts';
import { plural } from '../format/amount.ts';
import { badge, decisionTokens, riskTokens } from '../theme/tokens.ts';
import { useConsole } from './console-context.ts';
import { FormDialog } from './form-dialog.tsx';
import { whose } from './policy-items.ts';

interface OverrideProps {
  readonly override: PolicyOverride | null;
  readonly onDone: (override: PolicyOverride) => void;
  readonly onClose: () => void;
}

/** Changes the draft alone. */
export function OverrideDialog({ override, onDone, onClose }: OverrideProps) {
  return (
    <FormDialog
      title={override === null ? 'A new rule' : `Rule ${override.name}`}
      head="Of all rules the first that fits an action decides on it. Nothing is sent until the draft is saved."
      fields={overrideFields(override)}
      button={override === null ? 'Put it in front' : 'Take it over'}
      onClose={onClose}
      send={(state) => {
        const wanted = {
          action: formText(state, 'action').trim(),
          decision: formText(state, 'decision'),
          name: formText(state, 'name').trim() || formText(state, 'action').trim(),
        };
        const read = tryDecode(PolicyOverride, wanted);
        if (!read.ok) return { [read.path === '' ? 'action' : read.path]: read.because };
        return () => {
          onDone(read.value);
          return Promise.resolve(undefined);
        };
      }}
    />
  );
}

function overrideFields(override: PolicyOverride | null): readonly FormField[] {
  return [
    {
      name: 'action',
      kind: 'text',
      note: 'required',
      help: 'An action, with * for any text: linux.systemctl_* or *.restart',
      initial: override?.action,
    },
    {
      name: 'decision',
      kind: 'choice',
      note: '',
      help: 'allow runs it at once, require_approval asks people, deny refuses it',
      choices: policyDecisions,
      initial: override?.decision ?? 'require_approval',
    },
    {
      name: 'name',
      kind: 'text',
      note: '',
      help: 'Stands on every run that it decides',
      placeholder: 'as the action',
      initial: override?.name,
    },
  ];
}

/** Asks for a group or a runner, by the names of the fleet. */
export function ScopeDialog(props: { onDone: (scope: string) => void; onClose: () => void }) {
  return (
    <FormDialog
      title="Rules of a group or a runner"
      head="They take the place of all others there: runner before group before account."
      fields={[
        {
          name: 'whose',
          kind: 'text',
          note: 'required',
          help: 'group:web, or runner:web-1',
        },
      ]}
      button="Open them"
      onClose={props.onClose}
      send={(state) => {
        const scope = formText(state, 'whose').trim();
        if (!/^(group|runner):\S/.test(scope)) return { whose: 'write group:NAME or runner:NAME' };
        return () => {
          props.onDone(scope);
          return Promise.resolve(undefined);
        };
      }}
    />
  );
}

/** The stored rules' answer, never the draft's. */
export function ResolveDialog({ runner, onClose }: { runner: string; onClose: () => void }) {
  const { session } = useConsole();
  const asked = async (state: FormState) => {
    const query = { runner: formText(state, 'runner').trim(), action: formText(state, 'action').trim() };
    const found = await session.call(resolvePolicy, { query });
    const people = `${plural(found.min_approvals, 'person', 'people')}${found.allow_self_approval ? '' : ', never who asks'}`;
    return [
      [
        badge(decisionTokens[found.decision]),
        { text: `  ${found.action_id} on ${found.runner_name}  ` },
        badge(riskTokens[found.risk]),
      ],
      {
        text: `by ${found.rule} of ${whose(found.scope)}, version ${found.version}`,
        tone: 'dim' as const,
      },
      ...(found.decision === 'require_approval'
        ? [{ text: `waits for ${people}`, tone: 'dim' as const }]
        : []),
    ];
  };
  return (
    <FormDialog
      title="What holds for an action"
      head="What the stored rules say of one action on one runner, and which rule says it."
      fields={[
        { name: 'runner', kind: 'text', note: 'required', help: 'Its name', initial: runner },
        { name: 'action', kind: 'text', note: 'required', help: 'Its id, such as linux.disk_usage' },
      ]}
      button="Ask"
      onClose={onClose}
      send={(state) => {
        const missing = ['runner', 'action'].filter((name) => formText(state, name).trim() === '');
        if (missing.length > 0) return Object.fromEntries(missing.map((name) => [name, 'it is needed']));
        return () => asked(state);
      }}
    />
  );
}
