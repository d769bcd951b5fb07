// One pack version: everything a decision needs on one screen, and the decision behind the act menu.
import { Box } from 'ink';
import { useMemo, useState } from 'react';
import { getPackVersion, type PackVersionDetail } from '../../protocol/api/packs.ts';
import { Line, Rule } from '../components/line.tsx';
import type { ListItem } from '../components/table.tsx';
import { Failed, Loading } from '../components/states.tsx';
import { useNow } from '../components/tick.tsx';
import { useFetched } from '../components/use-fetched.ts';
import { useList } from '../components/use-list.ts';
import { useCommands } from '../keymap/use-keys.ts';
import { createPackSelector, needsDecision } from '../store/packs.ts';
import { spansOf } from '../theme/span.ts';
import type { ConsoleState } from '../store/state.ts';
import { ActionDialog } from './run-action-dialog.tsx';
import { useConsole, useConsoleState, useTopic } from './console-context.ts';
import { RunnersDialog } from './pack-version-runners.tsx';
import { decisionVerbs, versionName } from './pack-version-decide.ts';
import { decisionItems, decisionSpans, factLines, SAME, type DecisionRow } from './pack-version-lines.ts';
import { trustBadge } from './packs-screen.tsx';
import { explain } from './troubleshooting-screen.tsx';
import { ScreenFrame } from './screen-frame.tsx';

/** `id` is the id of the record, or `pack@version`. */
export function PackVersionScreen({ id }: { id: string }) {
  const { session, room, failureOf } = useConsole();
  useTopic('packs');
  const row = useConsoleState((state) => findVersion(state, id));
  // Whatever changes the decision changes the row too, so the row's change is what asks for the difference anew.
  const version = `${row?.state} ${row?.trusted_hash} ${row?.pending_hash} ${row?.runners_count} ${row?.pending_runners_count}`;
  const fetched = useFetched(id, version, () => session.call(getPackVersion, { params: { id } }));
  useCommands({
    'app.refresh': () => {
      session.refresh();
      fetched.again();
    },
  });
  if (fetched.value !== null) return <Decision detail={fetched.value} lookAgain={fetched.again} />;
  return (
    <ScreenFrame crumbs={['Packs', row === undefined ? id : versionName(row)]}>
      {fetched.phase === 'error' ? (
        <Failed what="this pack version" failure={failureOf(fetched.error)} {...room} />
      ) : (
        <Loading what="the difference" {...room} />
      )}
    </ScreenFrame>
  );
}

function findVersion(state: ConsoleState, id: string) {
  const known = state.packVersions.get(id);
  if (known !== undefined || !id.includes('@')) return known;
  for (const version of state.packVersions.values())
    if (`${version.pack_id}@${version.version}` === id) return version;
  return undefined;
}

function Decision({ detail, lookAgain }: { detail: PackVersionDetail; lookAgain: () => void }) {
  const screen = useConsole();
  const { room, may, go, timeMode, copy, openMenu, openOverlay, replace } = screen;
  const now = useNow();
  const facts = factLines(detail, room.width, timeMode, now);
  const items = useMemo(() => decisionItems(detail), [detail]);
  const lines = Math.max(1, room.height - facts.length);
  const list = useList({ items, lines, orderKey: `${detail.trusted_hash} ${detail.pending_hash}` });
  const [select] = useState(createPackSelector);
  const next = useConsoleState((state) => nextWaiting(select(state).rows.filter(needsDecision), detail.id));
  const verbs = may('packs.manage') ? decisionVerbs(screen, detail, lookAgain) : [];
  const action = list.cursor?.action ?? null;
  const hash = detail.pending_hash ?? detail.trusted_hash;
  useCommands({
    ...list.handlers,
    'list.open':
      action === null
        ? undefined
        : () => openOverlay((close) => <ActionDialog action={action} room={room} onClose={close} />),
    'item.act': verbs.length === 0 ? undefined : () => openMenu(versionName(detail), verbs),
    'item.explain': () => explain(screen, faultOf(detail)),
    'item.events': may('audit.view')
      ? () => go({ screen: 'audit', filter: `target:${detail.id}` })
      : undefined,
    'item.copy': hash === null ? undefined : () => copy(hash, 'the hash'),
    'item.copy_row': () => copy(JSON.stringify(detail), 'the pack version as JSON'),
    'item.related':
      detail.runners.length === 0
        ? undefined
        : () => openOverlay((close) => <RunnersDialog version={detail} onClose={close} />),
    'packs.next_waiting': next === null ? undefined : () => replace({ screen: 'pack', id: next }),
  });
  return (
    <ScreenFrame crumbs={['Packs', versionName(detail)]} right={trustBadge(detail)}>
      {facts.map((spans, index) => (
        <Line key={index} spans={spans} width={room.width} />
      ))}
      <Box flexDirection="column" height={lines} overflowY="hidden">
        {list.items.slice(list.offset, list.offset + lines).map((item) => (
          <DecisionLine key={item.id} item={item} isCursor={item.id === list.cursorId} width={room.width} />
        ))}
      </Box>
    </ScreenFrame>
  );
}

function DecisionLine(props: { item: ListItem<DecisionRow>; isCursor: boolean; width: number }) {
  const { item, isCursor, width } = props;
  if (item.kind === 'heading') {
    return item.id === SAME ? (
      <Line spans={item.spans} width={width} />
    ) : (
      <Rule title={item.spans} width={width} />
    );
  }
  const bar = { text: isCursor ? ' ▌ ' : '   ', tone: 'focus' } as const;
  return <Line width={width} spans={[bar, ...spansOf(decisionSpans(item.row, width - 4))]} />;
}

function faultOf({ state, drifted }: PackVersionDetail) {
  if (state === 'retired') return 'pack.retired';
  if (state !== 'pending') return null;
  return drifted ? 'pack.drifted' : 'pack.pending';
}

/** The one after this among those that wait; null when this is the only one. */
function nextWaiting(waiting: readonly { readonly id: string }[], id: string): string | null {
  const at = waiting.findIndex((version) => version.id === id);
  const next = waiting[(at + 1) % waiting.length];
  return next === undefined || next.id === id ? null : next.id;
}
