// Ending standing grants, one, the marked ones or all, and how long they may last at most.
import { putGrantCap, revokeAllGrants, revokeGrant, type Grant } from '../../protocol/api/grants.ts';
import { grantWindows, grantWindowSeconds } from '../../protocol/grant.ts';
import type { ActMenuItem } from '../components/act-menu.tsx';
import { count, plural } from '../format/amount.ts';
import { age } from '../format/time.ts';
import type { Console } from './console-context.ts';

type Screen = Pick<Console, 'session' | 'confirm' | 'may' | 'openMenu'>;

interface Target {
  /** The marked ones, else the one under the cursor. */
  readonly chosen: readonly Grant[];
  readonly capSeconds: number | null;
  readonly onDone: () => void;
}

/** What every grant is told by at the gate. */
const REVOKE_ALL = 'revoke all grants';

export function grantVerbs(screen: Screen, target: Target): ActMenuItem[] {
  if (!screen.may('grants.manage')) return [];
  const { chosen } = target;
  const [only] = chosen;
  const items: ActMenuItem[] = [];
  if (only !== undefined)
    items.push({
      letter: 'x',
      label: 'Revoke…',
      hint:
        chosen.length > 1 ? `the ${count(chosen.length)} marked` : `${only.action_id} of ${only.token_name}`,
      tone: 'caution',
      run: () => revoke(screen, target),
    });
  items.push({
    letter: 'l',
    label: 'Longest grant…',
    hint: capText(target.capSeconds),
    run: () => screen.openMenu('How long a grant may last', capItems(screen, target)),
  });
  items.push({
    letter: 'z',
    label: 'Revoke all…',
    hint: 'every one that you reach; takes a phrase',
    tone: 'danger',
    run: () => void revokeAll(screen, target),
  });
  return items;
}

function revoke({ session, confirm }: Screen, { chosen, onDone }: Target): void {
  const [only] = chosen;
  const name =
    chosen.length === 1 && only !== undefined
      ? `the grant of ${only.action_id} to ${only.token_name}`
      : plural(chosen.length, 'grant');
  confirm({
    title: `Revoke ${name}`,
    consequence: ['The next call of that kind asks people again. What it let out goes on.'],
    verb: 'Revoke',
    tone: 'caution',
    onConfirm: async () => {
      for (const { id } of chosen) await session.call(revokeGrant, { params: { id } });
      session.notify({ tone: 'good', text: `Revoked: ${name}` });
      onDone();
    },
  });
}

/** First asks which there are: what is confirmed is what is said. */
async function revokeAll({ session, confirm }: Screen, { onDone }: Target): Promise<void> {
  try {
    const { grants } = await session.call(revokeAllGrants, { body: { dry_run: true } });
    if (grants.length === 0) return session.notify({ tone: 'plain', text: 'No grant stands' });
    const actions = [...new Set(grants.map(({ action_id: id }) => id))];
    confirm({
      title: `Revoke ${plural(grants.length, 'grant')}`,
      consequence: [
        `Every grant that you reach ends at once: ${actions.slice(0, 6).join(', ')}${actions.length > 6 ? ` and ${actions.length - 6} more` : ''}. Scripts that rely on them wait for people from then on.`,
      ],
      verb: 'Revoke all',
      typeName: REVOKE_ALL,
      tone: 'danger',
      onConfirm: async () => {
        const done = await session.call(revokeAllGrants, { body: {} });
        session.notify({ tone: 'good', text: `Revoked: ${plural(done.grants.length, 'grant')}` });
        onDone();
      },
    });
  } catch (error) {
    session.notifyFailure(error);
  }
}

function capItems(screen: Screen, { capSeconds, onDone }: Target): ActMenuItem[] {
  const { session, confirm } = screen;
  const set = async (max_seconds: number | null) => {
    const after = await session.call(putGrantCap, { body: { max_seconds } });
    const revoked = after.revoked === 0 ? '' : `; ${plural(after.revoked, 'grant')} revoked`;
    session.notify({ tone: 'good', text: `Grants: ${capText(after.max_seconds)}${revoked}` });
    onDone();
  };
  const choose = (letter: string, seconds: number | null): ActMenuItem => ({
    letter,
    label: capText(seconds),
    hint: seconds === capSeconds ? 'as it is now' : '',
    run: () => void set(seconds).catch((error: unknown) => session.notifyFailure(error)),
  });
  return [
    choose('n', null),
    ...grantWindows
      .toReversed()
      .map((window, index) => choose(String(index + 1), grantWindowSeconds[window])),
    {
      letter: 'o',
      label: 'off…',
      hint: 'and every grant that stands is revoked',
      tone: 'danger',
      ...(capSeconds === 0 ? { blocked: 'they are off' } : {}),
      run: () =>
        confirm({
          title: 'Turn standing grants off',
          consequence: [
            'Every grant that stands in the account is revoked, whoever reaches it, and none can be made until somebody sets a length again.',
          ],
          verb: 'Turn off',
          typeName: REVOKE_ALL,
          tone: 'danger',
          onConfirm: () => set(0),
        }),
    },
  ];
}

/** `at most 30d`, `no cap`, `off`. */
export function capText(seconds: number | null): string {
  if (seconds === null) return 'no cap';
  return seconds === 0 ? 'off' : `at most ${age(seconds * 1000)}`;
}
