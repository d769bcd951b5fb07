// Where one can be in the console, and how such a place is written: the same words after `:` and in a shell.
import type { Permission } from '../../protocol/permission.ts';

export type Place =
  /** `oncall`: what is in trouble row by row, the healthy ones a line for each group. */
  | { readonly screen: 'fleet'; readonly filter: string; readonly arranged?: 'oncall' }
  | { readonly screen: 'runner'; readonly id: string }
  | { readonly screen: 'packs'; readonly filter: string }
  | { readonly screen: 'pack'; readonly id: string }
  | { readonly screen: 'runs'; readonly filter: string }
  | { readonly screen: 'run'; readonly id: string }
  | { readonly screen: 'operation'; readonly id: string }
  | NewRunPlace
  | { readonly screen: 'keys'; readonly filter: string }
  | { readonly screen: 'mint' }
  | { readonly screen: 'approvals'; readonly filter: string }
  | { readonly screen: 'approval'; readonly id: string }
  | { readonly screen: 'audit'; readonly filter: string }
  | { readonly screen: 'team'; readonly filter: string }
  | { readonly screen: 'member'; readonly id: string }
  | { readonly screen: 'troubleshooting'; readonly filter: string }
  | { readonly screen: 'dashboard' }
  | { readonly screen: 'grants'; readonly filter: string }
  | { readonly screen: 'actions'; readonly filter: string }
  /** Runner by runner, of one group alone where one was named. */
  | { readonly screen: 'action'; readonly id: string; readonly group: string | null }
  /** `account`, `group:NAME` or `runner:NAME`. */
  | { readonly screen: 'policy'; readonly scope: string }
  | { readonly screen: 'tokens'; readonly filter: string }
  | { readonly screen: 'token-mint' }
  | { readonly screen: 'devices'; readonly filter: string }
  | { readonly screen: 'profiles' }
  | { readonly screen: 'sign-in' };

export interface NewRunPlace {
  readonly screen: 'new-run';
  readonly runnerId: string | null;
  readonly actionId: string | null;
  /** A run that fills the form. */
  readonly fromRunId?: string;
  /** Instead of one runner: all of a group, or several. */
  readonly group?: string;
  readonly runnerIds?: readonly string[];
}

export interface Tab {
  readonly number: number;
  readonly title: string;
  readonly place: Place;
  /** Screens that belong under this tab. */
  readonly screens: readonly Place['screen'][];
}

export const tabs: readonly Tab[] = [
  { number: 1, title: 'Fleet', place: { screen: 'fleet', filter: '' }, screens: ['fleet', 'runner'] },
  { number: 2, title: 'Packs', place: { screen: 'packs', filter: '' }, screens: ['packs', 'pack'] },
  {
    number: 3,
    title: 'Runs',
    place: { screen: 'runs', filter: '' },
    screens: ['runs', 'run', 'operation', 'new-run'],
  },
  {
    number: 4,
    title: 'Approvals',
    place: { screen: 'approvals', filter: '' },
    screens: ['approvals', 'approval'],
  },
  { number: 5, title: 'Keys', place: { screen: 'keys', filter: '' }, screens: ['keys', 'mint'] },
  { number: 6, title: 'Team', place: { screen: 'team', filter: '' }, screens: ['team', 'member'] },
  { number: 7, title: 'Policy', place: { screen: 'policy', scope: 'account' }, screens: ['policy'] },
  { number: 8, title: 'Audit', place: { screen: 'audit', filter: '' }, screens: ['audit'] },
];

export interface MoreEntry {
  readonly letter: string;
  readonly title: string;
  readonly place: Place;
  /** What one must be allowed, to be offered it. */
  readonly needs?: Permission;
}

/** The key of the tab that opens the rest: every place is two keys away. */
export const MORE_KEY = 9;

export const moreEntries: readonly MoreEntry[] = [
  { letter: 'd', title: 'Dashboard', place: { screen: 'dashboard' } },
  { letter: 'a', title: 'Actions', place: { screen: 'actions', filter: '' }, needs: 'packs.view' },
  {
    letter: 'g',
    title: 'Grants',
    place: { screen: 'grants', filter: '' },
    needs: 'grants.manage',
  },
  { letter: 't', title: 'Tokens', place: { screen: 'tokens', filter: '' } },
  { letter: 'v', title: 'Devices', place: { screen: 'devices', filter: '' } },
  { letter: 'x', title: 'Troubleshooting', place: { screen: 'troubleshooting', filter: '' } },
  { letter: 'p', title: 'Profiles', place: { screen: 'profiles' } },
];

interface Word {
  readonly names: readonly string[];
  readonly usage: string;
  readonly place: (rest: string) => Place | null;
}

/** Every word of the command line that leads somewhere. */
export const placeWords: readonly Word[] = [
  {
    names: ['fleet', 'runners'],
    usage: ':fleet [FILTER]',
    place: (rest) => ({ screen: 'fleet', filter: rest }),
  },
  {
    names: ['runner'],
    usage: ':runner NAME',
    place: (rest) => (rest === '' ? null : { screen: 'runner', id: rest }),
  },
  {
    names: ['packs'],
    usage: ':packs [FILTER]',
    place: (rest) => (rest.includes('@') ? { screen: 'pack', id: rest } : { screen: 'packs', filter: rest }),
  },
  {
    names: ['pack'],
    usage: ':pack ID@VERSION',
    place: (rest) => (rest === '' ? null : { screen: 'pack', id: rest }),
  },
  { names: ['runs'], usage: ':runs [FILTER]', place: (rest) => ({ screen: 'runs', filter: rest }) },
  { names: ['run'], usage: ':run ID, or :run ACTION on RUNNER or group:GROUP', place: runPlace },
  {
    names: ['operation'],
    usage: ':operation ID',
    place: (rest) => (rest === '' ? null : { screen: 'operation', id: rest }),
  },
  {
    names: ['keys'],
    usage: ':keys [FILTER], :keys mint',
    place: (rest) => (rest === 'mint' ? { screen: 'mint' } : { screen: 'keys', filter: rest }),
  },
  {
    names: ['team', 'members'],
    usage: ':team [FILTER]',
    place: (rest) => ({ screen: 'team', filter: rest }),
  },
  {
    names: ['member'],
    usage: ':member NAME',
    place: (rest) => (rest === '' ? null : { screen: 'member', id: rest }),
  },
  {
    names: ['approvals'],
    usage: ':approvals [FILTER]',
    place: (rest) => ({ screen: 'approvals', filter: rest }),
  },
  {
    names: ['approval'],
    usage: ':approval ID',
    place: (rest) => (rest === '' ? null : { screen: 'approval', id: rest }),
  },
  { names: ['audit'], usage: ':audit [FILTER]', place: (rest) => ({ screen: 'audit', filter: rest }) },
  {
    names: ['troubleshooting', 'explain'],
    usage: ':troubleshooting [CODE or words]',
    place: (rest) => ({ screen: 'troubleshooting', filter: rest }),
  },
  { names: ['dashboard'], usage: ':dashboard', place: () => ({ screen: 'dashboard' }) },
  { names: ['grants'], usage: ':grants [FILTER]', place: (rest) => ({ screen: 'grants', filter: rest }) },
  { names: ['oncall'], usage: ':oncall', place: () => ({ screen: 'fleet', filter: '', arranged: 'oncall' }) },
  { names: ['actions'], usage: ':actions [WORDS]', place: (rest) => ({ screen: 'actions', filter: rest }) },
  { names: ['action'], usage: ':action ID [on GROUP]', place: actionPlace },
  { names: ['policy'], usage: ':policy [group:GROUP or runner:NAME]', place: policyPlace },
  {
    names: ['tokens'],
    usage: ':tokens [FILTER], :tokens mint',
    place: (rest) => (rest === 'mint' ? { screen: 'token-mint' } : { screen: 'tokens', filter: rest }),
  },
  { names: ['devices'], usage: ':devices [FILTER]', place: (rest) => ({ screen: 'devices', filter: rest }) },
  { names: ['profiles'], usage: ':profiles', place: () => ({ screen: 'profiles' }) },
  { names: ['login'], usage: ':login', place: () => ({ screen: 'sign-in' }) },
];

function runPlace(rest: string): Place | null {
  if (rest.startsWith('run_')) return { screen: 'run', id: rest };
  const [, action, runner] = /^(?:(\S+)\s+)?on\s+(\S+)$/.exec(rest) ?? [null, rest, undefined];
  const place = { screen: 'new-run', actionId: action || null, runnerId: null } as const;
  if (runner?.startsWith('group:') === true) return { ...place, group: runner.slice('group:'.length) };
  if (runner?.includes(',') === true)
    return { ...place, runnerIds: runner.split(',').filter((name) => name !== '') };
  return { ...place, runnerId: runner ?? null };
}

function actionPlace(rest: string): Place | null {
  const [, id, group = null] = /^(\S+)(?:\s+on\s+(\S+))?$/.exec(rest) ?? [];
  return id === undefined ? null : { screen: 'action', id, group };
}

function policyPlace(rest: string): Place | null {
  if (rest === '' || rest === 'account') return { screen: 'policy', scope: 'account' };
  return /^(group|runner):\S/.test(rest) ? { screen: 'policy', scope: rest } : null;
}

export type Parsed = { readonly place: Place } | { readonly error: string };

/** `runs status:failed`, `packs/linux-core`, with or without the colon. */
export function parsePlace(text: string): Parsed {
  const [, word = '', rest = ''] = /^:?\s*([^\s/]*)[\s/]*(.*)$/.exec(text.trim()) ?? [];
  const known = placeWords.find(({ names }) => names.includes(word));
  if (known === undefined) return { error: `unknown screen "${word}"; there are ${placeNames().join(', ')}` };
  const place = known.place(rest.trim());
  return place === null ? { error: `write ${known.usage}` } : { place };
}

export function placeNames(): string[] {
  return placeWords.map(({ names }) => names[0] ?? '');
}

/** The place as it can be typed again. */
export function placeText(place: Place): string {
  switch (place.screen) {
    case 'fleet':
      return place.arranged === undefined ? `:fleet ${place.filter}`.trim() : ':oncall';
    case 'packs':
    case 'runs':
    case 'keys':
    case 'approvals':
    case 'audit':
    case 'team':
    case 'troubleshooting':
    case 'actions':
    case 'grants':
    case 'tokens':
    case 'devices':
      return `:${place.screen} ${place.filter}`.trim();
    case 'runner':
    case 'pack':
    case 'run':
    case 'operation':
    case 'approval':
    case 'member':
      return `:${place.screen} ${place.id}`;
    case 'new-run':
      return [':run', place.actionId, targetText(place)].filter((word) => word !== null).join(' ');
    case 'mint':
      return ':keys mint';
    case 'token-mint':
      return ':tokens mint';
    case 'action':
      return `:action ${place.id}${place.group === null ? '' : ` on ${place.group}`}`;
    case 'dashboard':
      return ':dashboard';
    case 'policy':
      return place.scope === 'account' ? ':policy' : `:policy ${place.scope}`;
    case 'profiles':
      return ':profiles';
    case 'sign-in':
      return ':login';
  }
}

function targetText({ runnerId, group, runnerIds }: NewRunPlace): string | null {
  if (group !== undefined) return `on group:${group}`;
  if (runnerIds !== undefined) return `on ${runnerIds.join(',')}`;
  return runnerId === null ? null : `on ${runnerId}`;
}
