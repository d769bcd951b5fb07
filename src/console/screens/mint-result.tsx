// The secrets, this once, and each key followed until its host is online. Leaving lets go of them.
import { Box } from 'ink';
import { useMemo, useState } from 'react';
import type { MintedKey } from '../../protocol/api/enrollment-keys.ts';
import type { HostForm } from '../../protocol/host-forms.ts';
import { Line } from '../components/line.tsx';
import { Table } from '../components/table.tsx';
import type { Column } from '../components/table-layout.ts';
import { useNow } from '../components/tick.tsx';
import { useList } from '../components/use-list.ts';
import { plural } from '../format/amount.ts';
import { instant } from '../format/time.ts';
import { useCommands } from '../keymap/use-keys.ts';
import { useConsole, useConsoleState, useTopic } from './console-context.ts';
import {
  checksFor,
  CHECKS_AFTER_MS,
  followKeys,
  followSpans,
  isWaiting,
  type FollowedKey,
} from './mint-follow.ts';
import { useLeaveGuard } from './mint-leave.ts';
import { mintNotes, NOTES_LINES } from './mint-notes.ts';
import { copyOf, copyOfAll, formAfter, writeKeys } from './mint-secrets.ts';
import { ScreenFrame } from './screen-frame.tsx';

interface MintedKeysProps {
  readonly minted: readonly MintedKey[];
  readonly firstForm: HostForm;
}

export function MintedKeys({ minted, firstForm }: MintedKeysProps) {
  const { session, room, copy, go } = useConsole();
  useTopic('enrollment_keys');
  useTopic('fleet');
  const now = useNow();
  const [mintedAt] = useState(now);
  const [form, setForm] = useState(firstForm);
  const [secured, setSecured] = useState<ReadonlySet<string>>(new Set());
  const enrollmentKeys = useConsoleState((state) => state.enrollmentKeys);
  const runners = useConsoleState((state) => state.runners);
  const followed = useMemo(
    () => followKeys(minted, { enrollmentKeys, runners }),
    [minted, enrollmentKeys, runners],
  );
  const unsecured = followed.filter((key) => isWaiting(key) && !secured.has(key.id));
  const waiting = followed.filter(isWaiting);
  useLeaveGuard(unsecured.length);

  const secure = (keys: readonly FollowedKey[]) =>
    setSecured((before) => new Set([...before, ...keys.map(({ id }) => id)]));
  const columns = useMemo(() => columnsOf(mintedAt, secured), [mintedAt, secured]);
  const items = useMemo(() => followed.map((row) => ({ kind: 'row', id: row.id, row }) as const), [followed]);
  const isLate = waiting.length > 0 && now - mintedAt >= CHECKS_AFTER_MS;
  const checks = isLate ? checksFor(form) : [];
  const tableRoom = Math.max(3, room.height - 1 - NOTES_LINES - checks.length);
  const lines = Math.max(1, Math.min(items.length, tableRoom));
  const list = useList({ name: 'minted', items, lines, orderKey: '' });
  const { cursor } = list;
  const copyOne = (key: FollowedKey) => {
    const what = form === 'shell' ? 'the command' : `the ${form} text`;
    copy(copyOf(key.minted, form), key.key.host === null ? what : `${what} for ${key.key.host}`);
    secure([key]);
  };
  const copyAll = () => {
    const all = copyOfAll(minted, form);
    if ('refused' in all)
      return session.notify({ tone: 'caution', text: all.refused, fix: 'w writes them to files' });
    copy(all.text, plural(minted.length, form === 'shell' ? 'command' : 'key'));
    secure(followed);
  };
  const write = () => {
    writeKeys(minted, form, process.cwd()).then(
      (text) => {
        secure(followed);
        session.notify({ tone: 'good', text });
      },
      (error: unknown) => session.notifyFailure(error),
    );
  };
  useCommands({
    ...list.handlers,
    'item.copy': cursor === null ? undefined : () => copyOne(cursor),
    'keys.copy_all': copyAll,
    'keys.write': write,
    'keys.variant': () => setForm(formAfter(form)),
    'item.related':
      cursor?.runner === null || cursor === null
        ? undefined
        : () => go({ screen: 'runner', id: cursor.runner?.id ?? '' }),
  });
  const expiry = minted[0]?.key.expires_at ?? null;
  const isReusable = minted[0]?.key.reusable === true;
  const isKept = unsecured.length === 0;
  return (
    <ScreenFrame
      crumbs={['Keys', `mint ${plural(minted.length, isReusable ? 'reusable key' : 'single-use key')}`]}
      right={{
        text: expiry === null ? 'no expiry' : `expire ${instant(expiry, 'relative', now)}`,
        tone: 'dim',
      }}
    >
      <Table
        columns={columns}
        items={list.items}
        offset={list.offset}
        lines={lines}
        width={room.width}
        cursorId={list.cursorId}
        marked={list.marked}
      />
      <Box flexDirection="column" height={Math.max(0, room.height - lines - 1)} overflowY="hidden">
        {mintNotes({ cursor, form, followed, checks, isKept, width: room.width }).map((spans, index) => (
          <Line key={index} spans={spans} width={room.width} />
        ))}
      </Box>
    </ScreenFrame>
  );
}

function columnsOf(mintedAt: number, secured: ReadonlySet<string>): readonly Column<FollowedKey>[] {
  return [
    {
      key: 'host',
      title: 'HOST',
      width: 14,
      grow: 2,
      max: 40,
      cut: 'middle',
      priority: 0,
      cell: ({ key }) => key.host ?? 'any host',
    },
    {
      key: 'key',
      title: 'KEY',
      width: 20,
      grow: 3,
      max: 56,
      priority: 1,
      cell: ({ minted }) => ({ text: minted.secret, tone: 'dim' }),
    },
    {
      key: 'safe',
      title: 'KEPT',
      width: 6,
      priority: 2,
      cell: ({ id }) => (secured.has(id) ? { text: '✓ kept', tone: 'good' } : { text: '–', tone: 'dim' }),
    },
    {
      key: 'state',
      title: 'HOST IS',
      width: 26,
      grow: 2,
      max: 48,
      priority: 0,
      cell: (row) => ({ live: (now) => followSpans(row, mintedAt, now) }),
    },
  ];
}
