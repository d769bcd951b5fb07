// Each minted key, followed until its host is online. Only the key decides: a host that merely has the right
// name did not use it, unless the role may not see keys at all.
import type { EnrollmentKey, MintedKey } from '../../protocol/api/enrollment-keys.ts';
import type { HostForm } from '../../protocol/host-forms.ts';
import type { Runner } from '../../protocol/api/runners.ts';
import { badgeOf } from '../../protocol/runner.ts';
import { plural } from '../format/amount.ts';
import { age } from '../format/time.ts';
import type { ConsoleState } from '../store/state.ts';
import { badge, keyTokens, runnerTokens } from '../theme/tokens.ts';
import type { Span } from '../theme/span.ts';

/** A host that was not seen after this long deserves a look. */
export const CHECKS_AFTER_MS = 35_000;

export interface FollowedKey {
  readonly id: string;
  readonly key: EnrollmentKey;
  readonly runner: Runner | null;
  readonly minted: MintedKey;
}

export function followKeys(
  minted: readonly MintedKey[],
  state: Pick<ConsoleState, 'enrollmentKeys' | 'runners'>,
): FollowedKey[] {
  return minted.map((one) => {
    const { key: fresh } = one;
    const known = state.enrollmentKeys.get(fresh.id);
    const key = known ?? fresh;
    const runner =
      known === undefined
        ? runnerNamed(state.runners, fresh)
        : (state.runners.get(known.runner_id ?? '') ?? null);
    return { id: fresh.id, key, runner, minted: one };
  });
}

function runnerNamed(
  runners: ReadonlyMap<string, Runner>,
  { host, created_at: since }: EnrollmentKey,
): Runner | null {
  if (host === null) return null;
  for (const runner of runners.values())
    if (runner.name === host && runner.registered_at >= since) return runner;
  return null;
}

export function isWaiting({ key, runner }: FollowedKey): boolean {
  return key.state === 'active' && runner === null;
}

/** How the host of a key stands; `mintedAt` in milliseconds. */
export function followSpans({ key, runner }: FollowedKey, mintedAt: number, now: number): Span[] {
  if (runner !== null) {
    const packs = runner.packs_count === 0 ? 'no packs yet' : plural(runner.packs_count, 'pack');
    return [badge(runnerTokens[badgeOf(runner)]), { text: `  as ${runner.name}, ${packs}`, tone: 'dim' }];
  }
  if (key.state !== 'active') return [badge(keyTokens[key.state])];
  return [badge(keyTokens.active), { text: `  ${age(now - mintedAt)}`, tone: 'dim' }];
}

/** What to look at on a host that is late, for who brought it its key in that form. */
export function checksFor(form: HostForm): readonly string[] {
  const given: Partial<Record<HostForm, string>> = {
    shell: 'Was the whole line run there, with the key intact? Is emisar installed?',
    'cloud-init': 'Was it started with its user-data? cloud-init status --long',
    ansible: 'Did the play reach it, with this inventory and become: true?',
    packer: 'Was the machine started from the image that has these variables?',
  };
  return [
    'Can the host reach this control plane? Try its URL with curl there',
    given[form] ?? 'Did the whole key arrive, as EMISAR_AUTH_KEY of `emisar connect`?',
    'Is the service running? journalctl -u emisar -n 50',
  ];
}

/** How many have arrived, and who has not. */
export function arrivalText(followed: readonly FollowedKey[]): string {
  const arrived = followed.filter(({ runner }) => runner !== null).length;
  const late = followed.filter(isWaiting).map(({ key }) => key.host ?? `${key.prefix}…`);
  const head = `${arrived} of ${plural(followed.length, 'host')} arrived`;
  return late.length === 0 ? head : `${head} · waiting for ${late.join(', ')}`;
}
