// The secrets, this once, and each key followed until its host is online. Leaving lets go of them.
import { Box } from 'ink';
import { useMemo, useState } from 'react';
import type { MintedKey } from '../../protocol/api/enrollment-keys.ts';
import { Line } from '../components/line.tsx';
import { Table } from '../components/table.tsx';
import type { Column } from '../components/table-layout.ts';
import { useNow } from '../components/tick.tsx';
import { useList } from '../components/use-list.ts';
import { plural } from '../format/amount.ts';
import { instant } from '../format/time.ts';
import { wrap } from '../format/width.ts';
import { useCommands } from '../keymap/use-keys.ts';
import type { Spans } from '../theme/span.ts';
import { useConsole, useConsoleState, useTopic } from './console-context.ts';
import {
  checks,
  CHECKS_AFTER_MS,
  followKeys,
  followSpans,
  isWaiting,
  type FollowedKey,
} from './mint-follow.ts';
import { useLeaveGuard } from './mint-leave.ts';
import { commandsText, isClipboardSize, writeKeys } from './mint-secrets.ts';
import { ScreenFrame } from './screen-frame.tsx';

export function MintedKeys({ minted }: { minted: readonly MintedKey[] }) {
  const { session, room, copy, go } = useConsole();
  useTopic('enrollment_keys');
  useTopic('fleet');
  const now = useNow();
  const [mintedAt] = useState(now);
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
  const tableRoom = Math.max(3, room.height - 6 - (isLate ? checks.length + 1 : 0));
  const lines = Math.max(1, Math.min(items.length, tableRoom));
  const list = useList({ name: 'minted', items, lines, orderKey: '' });
  const { cursor } = list;
  const copyOne = (key: FollowedKey) => {
    copy(key.command, key.key.host === null ? 'the command' : `the command for ${key.key.host}`);
    secure([key]);
  };
  const copyAll = () => {
    const text = commandsText(followed);
    if (!isClipboardSize(text)) {
      return session.notify({
        tone: 'caution',
        text: 'Cannot copy that many: no terminal takes them at once',
        fix: 'w writes them to a file',
      });
    }
    copy(text, plural(followed.length, 'command'));
    secure(followed);
  };
  const write = () => {
    writeKeys(followed, process.cwd()).then(
      (path) => {
        secure(followed);
        session.notify({
          tone: 'good',
          text: `Wrote ${plural(followed.length, 'command')} to ${path}, readable by you alone`,
        });
      },
      (error: unknown) => session.notifyFailure(error),
    );
  };
  useCommands({
    ...list.handlers,
    'item.copy': cursor === null ? undefined : () => copyOne(cursor),
    'keys.copy_all': copyAll,
    'keys.write': write,
    'item.related':
      cursor?.runner === null || cursor === null
        ? undefined
        : () => go({ screen: 'runner', id: cursor.runner?.id ?? '' }),
  });
  const expiry = minted[0]?.key.expires_at ?? null;
  return (
    <ScreenFrame
      crumbs={['Keys', `mint ${plural(minted.length, 'single-use key')}`]}
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
        {below(cursor, unsecured.length, isLate, room.width).map((spans, index) => (
          <Line key={index} spans={spans} width={room.width} />
        ))}
      </Box>
    </ScreenFrame>
  );
}

function below(cursor: FollowedKey | null, unsecured: number, isLate: boolean, width: number): Spans[] {
  const lines: Spans[] = [''];
  if (cursor !== null) {
    const command = wrap(cursor.command.trimStart(), Math.max(20, width - 6));
    const tone = isWaiting(cursor) ? 'plain' : 'dim';
    for (const part of command.slice(0, 4)) lines.push({ text: `   ${part}`, tone });
    lines.push('');
  }
  if (isLate) {
    for (const [index, check] of checks.entries())
      lines.push([{ text: `   ${index + 1} `, tone: 'caution' }, { text: check }]);
    lines.push('');
  }
  lines.push(
    unsecured > 0
      ? [
          { text: '   ! shown here only  ', tone: 'caution' },
          { text: 'y copies this one, Y all, w writes a file (0600)', tone: 'dim' },
        ]
      : { text: '   ✓ nothing is lost when you leave', tone: 'dim' },
  );
  return lines;
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
      cell: ({ secret }) => ({ text: secret, tone: 'dim' }),
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
