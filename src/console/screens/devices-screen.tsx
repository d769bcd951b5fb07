// Devices that wait to be signed in as whoever types the code that they show. The list never holds a code.
import { useMemo } from 'react';
import { approveDevice, denyDevice, listDevices, type Device } from '../../protocol/api/devices.ts';
import type { ActMenuItem } from '../components/act-menu.tsx';
import type { Column } from '../components/table-layout.ts';
import { useFetched } from '../components/use-fetched.ts';
import { age, instantWidth, pastInstant, type TimeMode } from '../format/time.ts';
import { isCurrent } from '../store/link-state.ts';
import { parseFilter, type FilterFields } from '../store/filter.ts';
import { byInstant, byText, type ListView } from '../store/list-selector.ts';
import { useConsole, useConsoleState, type Console } from './console-context.ts';
import { useNow } from '../components/tick.tsx';
import { ListScreen, useListSettings } from './list-screen.tsx';
import { ReasonDialog } from './reason-dialog.tsx';

const fields: FilterFields<Device> = {
  text: ({ name, address }) => `${name} ${address ?? ''}`,
  terms: {
    name: { values: ({ name }) => [name] },
    address: { values: ({ address }) => (address === null ? [] : [address]) },
  },
};
const sorts = ['oldest', 'name'] as const;
/** No topic tells of devices: while somebody looks, they are asked for this often. */
const LOOK_EVERY_MS = 5000;

/** Changes when it is time to ask anew; stands still while nothing could be answered. */
export function useDevicesVersion(): string {
  const now = useNow();
  const isLive = useConsoleState(({ link }) => isCurrent(link));
  return isLive ? String(Math.floor(now / LOOK_EVERY_MS)) : 'waiting';
}

export function DevicesScreen({ filter }: { filter: string }) {
  const screen = useConsole();
  const { session, go, openMenu, timeMode, failureOf } = screen;
  const settings = useListSettings(sorts, filter);
  const fetched = useFetched('devices', useDevicesVersion(), async () => {
    return (await session.call(listDevices)).items;
  });
  const { filter: text, sort, reverse } = settings;
  const view = useMemo((): ListView<Device> => {
    const all = fetched.value ?? [];
    const { test, error } = parseFilter(text, fields);
    const rows = all
      .filter(test)
      .toSorted((a, b) =>
        sort === 'name' ? byText(a.name, b.name) : byInstant(b.requested_at, a.requested_at),
      );
    return { rows: reverse ? rows.toReversed() : rows, total: all.length, error };
  }, [fetched.value, text, sort, reverse]);
  const columns = useMemo(() => columnsFor(timeMode), [timeMode]);
  const failure = fetched.phase === 'error' ? failureOf(fetched.error) : null;
  return (
    <ListScreen
      crumbs={['Devices', 'waiting to sign in']}
      what="the devices"
      topic={{ phase: fetched.phase, at: null, failure, more: false }}
      view={view}
      settings={settings}
      columns={columns}
      empty={{
        text: 'No device waits to be signed in',
        hint: {
          text: `On the other machine: emisar-console login --url ${session.profile.url}`,
          tone: 'dim',
        },
      }}
      handlers={({ cursor }) => {
        const verbs = cursor === null ? [] : deviceVerbs(screen, cursor, fetched.again);
        const act = cursor === null || verbs.length === 0 ? undefined : () => openMenu(cursor.name, verbs);
        return {
          'list.open': act,
          'item.act': act,
          'item.related': () => go({ screen: 'tokens', filter: '' }),
          'app.refresh': () => {
            session.refresh();
            fetched.again();
          },
        };
      }}
      copyText={({ name }) => ({ text: name, what: 'the name' })}
    />
  );
}

/** Sending away first: it gives nothing. Empty when the role or read-only mode allows neither. */
export function deviceVerbs(screen: Console, device: Device, lookAgain: () => void): ActMenuItem[] {
  if (!screen.may('tokens.own')) return [];
  const { session, room, openOverlay, failureOf, server } = screen;
  const from = device.address === null ? device.name : `${device.name} at ${device.address}`;
  const ask = (title: string, consequence: string, decide: (code: string) => Promise<string>) =>
    openOverlay((close) => (
      <ReasonDialog
        title={`${title} on ${server}`}
        consequence={consequence}
        label="code"
        room={room}
        failureOf={failureOf}
        onClose={close}
        onReason={async (code) => {
          session.notify({ tone: 'good', text: await decide(code) });
          lookAgain();
        }}
      />
    ));
  const bodyOf = (code: string) => ({ body: { user_code: code, device_id: device.id } });
  return [
    {
      letter: 'd',
      label: 'Send away…',
      hint: 'it gets nothing; takes its code',
      run: () =>
        ask(
          `Send ${device.name} away`,
          `${from} gets no token. Type the code that it shows.`,
          async (code) => {
            const { name } = await session.call(denyDevice, bodyOf(code));
            return `${name} was sent away`;
          },
        ),
    },
    {
      letter: 'p',
      label: 'Sign in as me…',
      hint: 'it gets a token of yours; takes its code',
      tone: 'caution',
      run: () =>
        ask(
          `Sign in ${device.name}`,
          `${from} gets a token that speaks for you, until you revoke it. Only if you started this there yourself: type the code that it shows.`,
          async (code) => {
            const { name } = await session.call(approveDevice, bodyOf(code));
            return `${name} is signed in as you; :tokens takes it back`;
          },
        ),
    },
  ];
}

function columnsFor(mode: TimeMode): readonly Column<Device>[] {
  return [
    {
      key: 'state',
      title: 'STATE',
      width: 10,
      priority: 1,
      cell: () => ({ text: '▲ waiting', tone: 'caution' }),
    },
    {
      key: 'name',
      title: 'CALLS ITSELF',
      width: 18,
      grow: 2,
      max: 60,
      priority: 0,
      cell: ({ name }) => name,
    },
    {
      key: 'address',
      title: 'ADDRESS',
      width: 16,
      grow: 1,
      max: 40,
      priority: 0,
      cell: ({ address }) => address ?? '–',
    },
    {
      key: 'asked',
      title: 'ASKED',
      width: instantWidth(mode),
      priority: 0,
      cell: (row) => ({ live: (now) => ({ text: pastInstant(row.requested_at, mode, now), tone: 'dim' }) }),
    },
    {
      key: 'left',
      title: 'ENDS',
      width: 8,
      priority: 1,
      cell: ({ expires_at: at }) => ({
        live: (now) => {
          const left = Date.parse(at) - now;
          return left <= 0 ? { text: 'over', tone: 'dim' } : `in ${age(left)}`;
        },
      }),
    },
  ];
}
