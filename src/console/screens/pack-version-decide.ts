// Trust, reject, override, revoke: what the dialogs say, which rung of danger they stand on, what is sent.
import {
  overridePackRetirement,
  rejectPackVersion,
  revokePackVersion,
  trustPackVersion,
  type PackVersionDetail,
} from '../../protocol/api/packs.ts';
import { needsTypedName } from '../../protocol/pack-diff.ts';
import { groupedHash, plural } from '../format/amount.ts';
import type { ActMenuItem } from '../components/act-menu.tsx';
import type { Spans } from '../theme/span.ts';
import type { ConfirmWish, Console } from './console-context.ts';

type Screen = Pick<Console, 'session' | 'confirm' | 'failureOf'>;

/** Verbs on what waits and on what is trusted, the mildest first; empty when nothing can be decided. */
export function decisionVerbs(
  screen: Screen,
  version: PackVersionDetail,
  lookAgain: () => void,
): ActMenuItem[] {
  const make = (item: Omit<ActMenuItem, 'run'>, decision: Decision): ActMenuItem => ({
    ...item,
    run: () => screen.confirm(wishOf(screen, version, decision, lookAgain)),
  });
  const { pending_hash: pending, trusted_hash: trusted, state } = version;
  const items: ActMenuItem[] = [];
  if (state === 'retired' && trusted !== null) items.push(make(overrideItem, overriding(version, trusted)));
  if (pending !== null) {
    const tone = needsTypedName(version.changes) ? 'danger' : 'caution';
    items.push(make({ ...trustItem, tone }, trusting(version, pending)));
  }
  if (pending !== null && state === 'pending') {
    const hint = trusted === null ? 'nothing of this version may run' : 'what was trusted stays';
    items.push(make({ ...rejectItem, hint }, rejecting(version, pending)));
  }
  if (trusted !== null) items.push(make(revokeItem, revoking(version, trusted)));
  return items;
}

const trustItem = { letter: 't', label: 'Trust…', hint: 'these exact bytes may run everywhere' };
const rejectItem = { letter: 'x', label: 'Reject…', tone: 'danger' } as const;
const overrideItem = {
  letter: 'v',
  label: 'Override the retirement…',
  hint: 'it may run although a security release replaced it',
  tone: 'caution',
} as const;
const revokeItem = {
  letter: 'k',
  label: 'Revoke trust…',
  hint: 'nothing of this version may run any more',
  tone: 'danger',
} as const;

/** What a dialog says before it sends the decision on exactly `hash`. */
interface Decision extends Pick<ConfirmWish, 'title' | 'consequence' | 'verb' | 'tone' | 'typeName'> {
  hash: string;
  /** Every decision on a version takes the hash that was shown. */
  route: typeof trustPackVersion;
  done: string;
}

function wishOf(
  screen: Screen,
  version: PackVersionDetail,
  { hash, route, done, ...said }: Decision,
  lookAgain: () => void,
): ConfirmWish {
  return {
    ...said,
    facts: hashFacts(hash),
    onConfirm: () =>
      decide(screen, lookAgain, async () => {
        await screen.session.call(route, { params: { id: version.id }, body: { expected_hash: hash } });
        return `${versionName(version)}${done}`;
      }),
  };
}

function trusting(version: PackVersionDetail, hash: string): Decision {
  const isRisky = needsTypedName(version.changes);
  return {
    title: `Trust ${versionName(version)}`,
    consequence: [trustConsequence(version)],
    verb: 'Trust',
    tone: isRisky ? 'danger' : 'caution',
    ...(isRisky ? { typeName: typedName(version) } : {}),
    hash,
    route: trustPackVersion,
    done: ' is trusted',
  };
}

function rejecting(version: PackVersionDetail, hash: string): Decision {
  const stays =
    version.trusted_hash === null
      ? 'No byte of this version may run until somebody trusts it.'
      : 'The trusted bytes may still run; these may not, and nobody is asked about them again.';
  return {
    title: `Reject ${versionName(version)}`,
    consequence: [`${stays} ${plural(version.pending_runners_count, 'runner')} would refuse its actions.`],
    verb: 'Reject',
    tone: 'danger',
    typeName: typedName(version),
    hash,
    route: rejectPackVersion,
    done: ': these bytes are rejected',
  };
}

function overriding(version: PackVersionDetail, hash: string): Decision {
  const actions = plural(version.trusted_actions.length, 'action');
  return {
    title: `Override the retirement of ${versionName(version)}`,
    consequence: [
      `A security release replaced it. Its ${actions} could be started again on ${plural(version.runners_count, 'runner')}.`,
    ],
    verb: 'Override',
    tone: 'caution',
    hash,
    route: overridePackRetirement,
    done: ' may run although it is retired',
  };
}

function revoking(version: PackVersionDetail, hash: string): Decision {
  const actions = plural(version.trusted_actions.length, 'action');
  return {
    title: `Revoke trust in ${versionName(version)}`,
    consequence: [
      `Its ${actions} can be started nowhere, on none of ${plural(version.runners_count, 'runner')}. What is running goes on to its end.`,
    ],
    verb: 'Revoke',
    tone: 'danger',
    typeName: typedName(version),
    hash,
    route: revokePackVersion,
    done: ' is trusted no more',
  };
}

export function versionName(version: { pack_id: string; version: string }): string {
  return `${version.pack_id} ${version.version}`;
}

/** What must be typed: `linux-core v1.4.2`. */
export function typedName(version: { pack_id: string; version: string }): string {
  return `${version.pack_id} v${version.version}`;
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
