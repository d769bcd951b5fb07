// What can be done to runners, each behind the danger ladder: to one as its dialog says, to several as one.
import {
  deleteRunner,
  disableRunner,
  enableRunner,
  holdRunner,
  releaseRunner,
  revokeRunnerToken,
  type Runner,
} from '../../protocol/api/runners.ts';
import type { ActMenuItem } from '../components/act-menu.tsx';
import { plural } from '../format/amount.ts';
import type { Spans } from '../theme/span.ts';
import type { Console } from './console-context.ts';

/** Started again by hand: enabling alone does not do it. */
const START_COMMAND = 'sudo systemctl start emisar';
/** So many of a bulk verb's targets are named; the rest is counted by group only. */
const NAMED = 6;

interface RunnerVerb {
  readonly letter: string;
  readonly label: string;
  readonly done: string;
  readonly tone: 'plain' | 'caution' | 'danger';
  readonly hint: string;
  /** Why it cannot be done to this runner now, or null. */
  readonly blocked: (runner: Runner) => string | null;
  /** Null for what asks nothing. */
  readonly consequence: ((many: boolean) => string) | null;
  /** For what asks nothing of one and does of several: what then happens to them. */
  readonly ofSeveral?: string;
  readonly facts?: readonly Spans[];
  readonly call: (session: Console['session'], id: string) => Promise<unknown>;
}

/** Safest first. */
const verbs: readonly RunnerVerb[] = [
  {
    letter: 'l',
    label: 'Release',
    done: 'released',
    tone: 'plain',
    hint: 'runs may start on it again',
    ofSeveral: 'Runs may start on them again.',
    blocked: ({ held }) => (held ? null : 'it is not held'),
    consequence: null,
    call: (session, id) => session.call(releaseRunner, { params: { id } }),
  },
  {
    letter: 'h',
    label: 'Hold',
    done: 'held: nothing new starts on it',
    tone: 'caution',
    hint: 'nothing new starts on it; what runs goes on',
    ofSeveral: 'Nothing new starts on them until they are released; what runs goes on.',
    blocked: ({ held }) => (held ? 'it is held already' : null),
    consequence: null,
    call: (session, id) => session.call(holdRunner, { params: { id } }),
  },
  {
    letter: 'e',
    label: 'Enable',
    done: `enabled; on the host: ${START_COMMAND}`,
    tone: 'plain',
    hint: 'lets it back',
    ofSeveral: 'They may come back; start the service on each host.',
    blocked: ({ state }) => (state === 'disabled' ? null : 'only for one that is disabled'),
    consequence: null,
    call: (session, id) => session.call(enableRunner, { params: { id } }),
  },
  {
    letter: 'd',
    label: 'Disable',
    done: 'disabled',
    tone: 'danger',
    hint: 'keeps its token; back after enable and a start on the host',
    blocked: ({ state }) => (state === 'disabled' ? 'it is disabled already' : null),
    consequence: (many) =>
      `${many ? 'Their sessions are' : 'Its session is'} closed and the service exits. Enabling alone does not bring it back: the service must be started again on the host.`,
    facts: [START_COMMAND],
    call: (session, id) => session.call(disableRunner, { params: { id } }),
  },
  {
    letter: 't',
    label: 'Revoke token',
    done: 'revoked',
    tone: 'danger',
    hint: 'back only with a fresh key',
    blocked: ({ state }) => (state === 'revoked' ? 'its token is revoked already' : null),
    consequence: (many) =>
      `${many ? 'Their tokens end' : 'Its token ends'} for good: the live socket is closed and the service exits. Only a fresh enrollment key brings it back; the old one does not.`,
    call: (session, id) => session.call(revokeRunnerToken, { params: { id } }),
  },
  {
    letter: 'x',
    label: 'Delete',
    done: 'deleted',
    tone: 'danger',
    hint: 'its history stays',
    blocked: ({ state }) => (state === 'online' ? 'it is online: disable it first' : null),
    consequence: (many) =>
      `${many ? 'They are' : 'It is'} forgotten and the token is useless. This cannot be undone; the host may enroll again as a new runner. Runs and events stay.`,
    call: (session, id) => session.call(deleteRunner, { params: { id } }),
  },
];

/** The menu for one runner or for several marked ones: what the role allows, safest first. */
export function runnerVerbs(screen: Console, targets: readonly Runner[]): readonly ActMenuItem[] {
  const [only] = targets;
  if (only === undefined) return [];
  const items: ActMenuItem[] = [];
  if (targets.length === 1 && screen.may('runs.dispatch')) {
    items.push({
      letter: 'r',
      label: 'Run here…',
      hint: 'opens a form, starts nothing yet',
      run: () => screen.go({ screen: 'new-run', runnerId: only.id, actionId: null }),
    });
  }
  return screen.may('runners.manage') ? [...items, ...lifecycleVerbs(screen, targets, only)] : items;
}

function lifecycleVerbs(screen: Console, targets: readonly Runner[], only: Runner): ActMenuItem[] {
  return verbs.map((verb) => {
    const open = targets.filter((runner) => verb.blocked(runner) === null);
    const blocked = open.length === 0 ? (verb.blocked(only) ?? undefined) : undefined;
    return {
      letter: verb.letter,
      label: verb.consequence === null ? verb.label : `${verb.label}…`,
      hint: verb.hint,
      tone: verb.tone,
      ...(blocked === undefined
        ? {}
        : { blocked: targets.length === 1 ? blocked : 'none of them allows it' }),
      run: () => (targets.length === 1 ? one(screen, verb, only) : several(screen, verb, targets, open)),
    };
  });
}

/** Title of the menu. */
export function targetsTitle(targets: readonly Runner[]): string {
  return targets.length === 1 ? (targets[0]?.name ?? '') : plural(targets.length, 'runner');
}

function one(screen: Console, verb: RunnerVerb, runner: Runner): void {
  const { session, confirm } = screen;
  const send = async () => {
    await verb.call(session, runner.id);
    session.notify({ tone: 'good', text: `${runner.name} is ${verb.done}` });
  };
  if (verb.consequence === null) {
    send().catch((error: unknown) => session.notifyFailure(error));
    return;
  }
  confirm({
    title: `${verb.label} ${runner.name}`,
    verb: verb.label,
    typeName: runner.name,
    tone: 'danger',
    consequence: [verb.consequence(false)],
    ...(verb.facts === undefined ? {} : { facts: verb.facts }),
    onConfirm: send,
  });
}

function several(
  screen: Console,
  verb: RunnerVerb,
  targets: readonly Runner[],
  open: readonly Runner[],
): void {
  const { session, confirm } = screen;
  confirm({
    title: `${verb.label} ${plural(open.length, 'runner')}`,
    verb: verb.label,
    // A number that was typed is a number that was read.
    typeName: String(open.length),
    tone: verb.consequence === null ? 'caution' : 'danger',
    consequence: [verb.consequence?.(true) ?? verb.ofSeveral ?? ''],
    facts: [...targetLines(open, targets.length - open.length), ...(verb.facts ?? [])],
    onConfirm: async () => {
      const failed = await sendToAll(open, (runner) => verb.call(session, runner.id));
      const [first] = failed;
      if (first === undefined) {
        session.notify({ tone: 'good', text: `${plural(open.length, 'runner')} ${verb.done}` });
        return;
      }
      if (failed.length === open.length) throw first.error;
      session.notify({
        tone: 'caution',
        text: `${plural(open.length - failed.length, 'runner')} ${verb.done}, ${failed.length} not: ${first.runner.name}: ${screen.failureOf(first.error).detail}`,
      });
    },
  });
}

function targetLines(open: readonly Runner[], skipped: number): Spans[] {
  const byGroup = Map.groupBy(open, ({ group }) => group);
  const counts = [...byGroup].map(([group, members]) => `${group} ${members.length}`).join(' · ');
  const named = open.slice(0, NAMED).map(({ name }) => name);
  const more = open.length - named.length;
  const lines: Spans[] = [
    { text: counts },
    { text: `${named.join(' ')}${more > 0 ? ` and ${more} more` : ''}`, tone: 'dim' },
  ];
  if (skipped > 0)
    lines.push({ text: `left out, as it is not possible for them: ${skipped}`, tone: 'caution' });
  return lines;
}

/** A few at a time: hundreds of requests at once would help nobody. */
async function sendToAll(
  runners: readonly Runner[],
  send: (runner: Runner) => Promise<unknown>,
): Promise<{ runner: Runner; error: unknown }[]> {
  const waiting = runners.values();
  const failed: { runner: Runner; error: unknown }[] = [];
  const worker = async () => {
    for (const runner of waiting) {
      try {
        await send(runner);
      } catch (error) {
        failed.push({ runner, error });
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return failed;
}
