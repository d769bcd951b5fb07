// The sign-ins that are stored here. A console changes its server only here, by Enter, and never by itself (T7).
import { useMemo } from 'react';
import type { Column } from '../components/table-layout.ts';
import type { ListView } from '../store/list-selector.ts';
import { absentTopic } from '../store/state.ts';
import { useConsole, type StoredProfile } from './console-context.ts';
import { ListScreen, useListSettings } from './list-screen.tsx';
import { ScreenFrame } from './screen-frame.tsx';
import { SignInForm } from './sign-in-form.tsx';

interface ProfileRow extends StoredProfile {
  readonly id: string;
  readonly isCurrent: boolean;
}

export function ProfilesScreen() {
  const { profiles, go, openMenu, session } = useConsole();
  const settings = useListSettings(['name'], '');
  const { filter, reverse } = settings;
  const view = useMemo((): ListView<ProfileRow> => {
    const all = profiles.list().map((profile): ProfileRow => {
      return { ...profile, id: profile.name, isCurrent: profile.name === profiles.current };
    });
    const rows = all
      .filter(({ name, url }) => `${name} ${url}`.toLowerCase().includes(filter.toLowerCase()))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return { rows: reverse ? rows.toReversed() : rows, total: all.length, error: null };
  }, [profiles, filter, reverse]);
  const open = (name: string) => {
    try {
      profiles.open(name);
    } catch (error) {
      session.notifyFailure(error);
    }
  };
  return (
    <ListScreen
      crumbs={['Profiles']}
      what="the profiles"
      topic={{ ...absentTopic, phase: 'ready' }}
      view={view}
      settings={settings}
      columns={columns}
      empty={{ text: 'No profile is stored', hint: { text: 'n signs in to a control plane', tone: 'dim' } }}
      handlers={({ cursor }) => ({
        'list.open': cursor === null ? undefined : () => open(cursor.name),
        'profiles.sign_in': () => go({ screen: 'sign-in' }),
        'item.act':
          cursor === null
            ? undefined
            : () =>
                openMenu(cursor.name, [
                  {
                    letter: 'f',
                    label: 'Forget',
                    hint: 'its token stays valid until it is revoked',
                    tone: 'caution',
                    ...(cursor.isCurrent ? { blocked: 'it is open here: open another first' } : {}),
                    run: () => {
                      profiles.forget(cursor.name);
                      session.notify({ tone: 'good', text: `${cursor.name} is forgotten` });
                      go({ screen: 'profiles' });
                    },
                  },
                ]),
      })}
      copyText={({ url }) => ({ text: url, what: 'the address' })}
    />
  );
}

export function SignInScreen() {
  const { room, profiles, back, failureOf } = useConsole();
  return (
    <ScreenFrame crumbs={['Profiles', 'sign in']}>
      <SignInForm room={room} signIn={profiles.signIn} onLeave={back} failureOf={failureOf} />
    </ScreenFrame>
  );
}

const columns: readonly Column<ProfileRow>[] = [
  {
    key: 'current',
    title: '',
    width: 7,
    priority: 0,
    cell: ({ isCurrent }) => (isCurrent ? { text: '● open', tone: 'good' } : { text: '' }),
  },
  { key: 'name', title: 'NAME', width: 16, grow: 1, max: 40, priority: 0, cell: ({ name }) => name },
  { key: 'url', title: 'SERVER', width: 20, grow: 2, max: 60, priority: 0, cell: ({ url }) => url },
  { key: 'account', title: 'ACCOUNT', width: 10, priority: 2, cell: ({ account }) => account ?? '–' },
  { key: 'member', title: 'MEMBER', width: 10, priority: 3, cell: ({ member }) => member ?? '–' },
];
