// Trust, reject, override: what the dialogs say, which rung of danger they stand on, what is sent.
import {
  overridePackRetirement,
  rejectPackVersion,
  trustPackVersion,
  type PackVersionDetail,
} from '../../protocol/api/packs.ts';
import { needsTypedName } from '../../protocol/pack-diff.ts';
import { groupedHash, plural } from '../format/amount.ts';
import type { ActMenuItem } from '../components/act-menu.tsx';
import type { Spans } from '../theme/span.ts';
import type { ConfirmWish, Console } from './console-context.ts';

type Screen = Pick<Console, 'session' | 'confirm' | 'failureOf'>;

/** Verbs on what waits, the mildest first; empty when nothing can be decided. */
export function decisionVerbs(
  screen: Screen,
  version: PackVersionDetail,
  lookAgain: () => void,
): ActMenuItem[] {
  const hash = version.pending_hash;
  const override = overrideVerbs(screen, version, lookAgain);
  if (hash === null) return override;
  const trust: ActMenuItem = {
    letter: 't',
    label: 'Trust…',
    hint: 'these exact bytes may run everywhere',
    tone: needsTypedName(version.changes) ? 'danger' : 'caution',
    run: () => screen.confirm(trustWish(screen, version, hash, lookAgain)),
  };
  const reject: ActMenuItem = {
    letter: 'x',
    label: 'Reject…',
    hint: version.trusted_hash === null ? 'nothing of this version may run' : 'what was trusted stays',
    tone: 'danger',
    run: () => screen.confirm(rejectWish(screen, version, hash, lookAgain)),
  };
  return version.state === 'pending' ? [trust, reject] : [...override, trust];
}

function overrideVerbs(screen: Screen, version: PackVersionDetail, lookAgain: () => void): ActMenuItem[] {
  const hash = version.trusted_hash;
  if (version.state !== 'retired' || hash === null) return [];
  const run = async () => {
    await screen.session.call(overridePackRetirement, {
      params: { id: version.id },
      body: { expected_hash: hash },
    });
    return `${versionName(version)} may run although it is retired`;
  };
  const wish: ConfirmWish = {
    title: `Override the retirement of ${versionName(version)}`,
    consequence: [
      `A security release replaced it. Its ${plural(version.trusted_actions.length, 'action')} could be started again on ${plural(version.runners_count, 'runner')}.`,
    ],
    facts: hashFacts(hash),
    verb: 'Override',
    tone: 'caution',
    onConfirm: () => decide(screen, lookAgain, run),
  };
  return [
    {
      letter: 'v',
      label: 'Override the retirement…',
      hint: 'it may run although a security release replaced it',
      tone: 'caution',
      run: () => screen.confirm(wish),
    },
  ];
}

export function versionName(version: { pack_id: string; version: string }): string {
  return `${version.pack_id} ${version.version}`;
}

/** What must be typed: `linux-core v1.4.2`. */
export function typedName(version: { pack_id: string; version: string }): string {
  return `${version.pack_id} v${version.version}`;
}

function trustWish(
  screen: Screen,
  version: PackVersionDetail,
  hash: string,
  lookAgain: () => void,
): ConfirmWish {
  const isRisky = needsTypedName(version.changes);
  return {
    title: `Trust ${versionName(version)}`,
    consequence: [trustConsequence(version)],
    facts: hashFacts(hash),
    verb: 'Trust',
    tone: isRisky ? 'danger' : 'caution',
    ...(isRisky ? { typeName: typedName(version) } : {}),
    onConfirm: () =>
      decide(screen, lookAgain, async () => {
        await screen.session.call(trustPackVersion, {
          params: { id: version.id },
          body: { expected_hash: hash },
        });
        return `${versionName(version)} is trusted`;
      }),
  };
}

function rejectWish(
  screen: Screen,
  version: PackVersionDetail,
  hash: string,
  lookAgain: () => void,
): ConfirmWish {
  const stays =
    version.trusted_hash === null
      ? 'No byte of this version may run until somebody trusts it.'
      : 'The trusted bytes may still run; these may not, and nobody is asked about them again.';
  return {
    title: `Reject ${versionName(version)}`,
    consequence: [`${stays} ${plural(version.pending_runners_count, 'runner')} would refuse its actions.`],
    facts: hashFacts(hash),
    verb: 'Reject',
    tone: 'danger',
    typeName: typedName(version),
    onConfirm: () =>
      decide(screen, lookAgain, async () => {
        await screen.session.call(rejectPackVersion, {
          params: { id: version.id },
          body: { expected_hash: hash },
        });
        return `${versionName(version)}: these bytes are rejected`;
      }),
  };
}

/** A hash that moved closes the dialog: the decision was about bytes that no longer wait. */
async function decide(screen: Screen, lookAgain: () => void, send: () => Promise<string>): Promise<void> {
  try {
    screen.session.notify({ tone: 'good', text: await send() });
    lookAgain();
  } catch (error) {
    lookAgain();
    const failure = screen.failureOf(error);
    if (failure.code !== 'pack_moved') throw error;
    screen.session.notify({ tone: 'danger', text: failure.detail, fix: failure.fix, code: failure.code });
  }
}

/** Two lines of four groups: they fit into every dialog, and are compared group by group. */
function hashFacts(hash: string): Spans[] {
  const [algorithm = '', digits = ''] = groupedHash(hash).split(/:(.*)/s);
  const groups = digits.split(' ');
  return [
    [{ text: `${algorithm}:`, tone: 'dim' }, { text: groups.slice(0, 4).join(' ') }],
    [{ text: ' '.repeat(algorithm.length + 1) }, { text: groups.slice(4).join(' ') }],
  ];
}

/** What trusting changes, in a sentence or two. */
export function trustConsequence(version: PackVersionDetail): string {
  const critical = version.changes.filter(
    ({ change, risk_after: risk }) => change === 'added' && risk === 'critical',
  );
  const rising = version.changes.filter(({ change, escalates }) => change === 'changed' && escalates);
  const dangers = [
    ...(critical.length > 0 ? [plural(critical.length, 'new critical action')] : []),
    ...(rising.length > 0
      ? [`${plural(rising.length, 'risk')} that ${rising.length === 1 ? 'rises' : 'rise'}`]
      : []),
  ];
  const many = plural(version.pending_actions.length, 'action');
  const first =
    dangers.length > 0
      ? `${dangers.join(' and ')}.`
      : `Operators may then run ${many} from these bytes, on every runner.`;
  const { runners_count: all, pending_runners_count: having } = version;
  const rest = all - having;
  const others = rest > 0 ? `, ${rest} ${rest === 1 ? 'does' : 'do'} not yet` : '';
  return `${first} ${plural(having, 'runner')} ${having === 1 ? 'advertises' : 'advertise'} them${others}.`;
}
