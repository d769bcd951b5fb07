// One member: role, state, and which runners and packs they reach, as a list to tick. What is ticked is a draft
// until it is saved, with what it gives and takes in sight.
import { Box } from 'ink';
import { useMemo } from 'react';
import { getMember, updateMember, type Member } from '../../protocol/api/members.ts';
import type { Access } from '../../protocol/access.ts';
import { Line, Rule } from '../components/line.tsx';
import { useRemembered } from '../components/remembered.ts';
import { Failed, Loading } from '../components/states.tsx';
import type { ListItem } from '../components/table.tsx';
import { useFetched } from '../components/use-fetched.ts';
import { useList } from '../components/use-list.ts';
import { accessText, changeText } from '../format/access.ts';
import { plural } from '../format/amount.ts';
import { cut, fit } from '../format/width.ts';
import type { KeyPress } from '../keymap/key-press.ts';
import { useCommands } from '../keymap/use-keys.ts';
import { accessRows, changeHere, sameAccess, toggled, type AccessRow } from '../store/member.ts';
import { badge, memberTokens, runnerBadge } from '../theme/tokens.ts';
import type { Span, Spans } from '../theme/span.ts';
import { useConsole, useConsoleState, useTopic, type Console } from './console-context.ts';
import { memberVerbs } from './member-verbs.ts';
import { ScreenFrame } from './screen-frame.tsx';

/** `id` is the id of the record or the exact name. */
export function MemberScreen({ id }: { id: string }) {
  const { session, room, failureOf } = useConsole();
  useTopic('team');
  // Read anew when somebody else changes them: what a draft gives and takes is told against what is true.
  const told = useConsoleState(({ members }) => {
    const row = members.get(id) ?? [...members.values()].find(({ name }) => name === id);
    return row === undefined ? '' : JSON.stringify([row.role, row.state, row.tokens, row.access]);
  });
  const fetched = useFetched(id, told, () => session.call(getMember, { params: { id } }));
  useCommands({ 'app.refresh': fetched.again });
  if (fetched.value !== null) {
    return <Known key={accessText(fetched.value.access)} member={fetched.value} lookAgain={fetched.again} />;
  }
  return (
    <ScreenFrame crumbs={['Team', id]}>
      {fetched.phase === 'error' ? (
        <Failed what="this member" failure={failureOf(fetched.error)} {...room} />
      ) : (
        <Loading what="the member" {...room} />
      )}
    </ScreenFrame>
  );
}

function Known({ member, lookAgain }: { member: Member; lookAgain: () => void }) {
  const screen = useConsole();
  const { room, may, openMenu, openFilter } = screen;
  useTopic('fleet');
  useTopic('packs');
  const runners = useConsoleState((state) => state.runners);
  const packVersions = useConsoleState((state) => state.packVersions);
  const [draft, setDraft] = useRemembered<Access>('draft', member.access);
  const [filter, setFilter] = useRemembered('filter', '');
  const known = useMemo(() => ({ runners, packVersions }), [runners, packVersions]);
  const items = useMemo(() => itemsOf(known, draft, filter), [known, draft, filter]);
  const isChanged = !sameAccess(draft, member.access);
  const change = changeHere(known, member.access, draft);
  const facts = factLines(member, isChanged ? changeText(change) : null);
  const lines = Math.max(1, room.height - facts.length);
  const list = useList({ items, lines, orderKey: filter });
  const canEdit = may('members.manage') && !member.you;
  const flip = (key: KeyPress) => {
    if (list.cursor !== null) setDraft(toggled(draft, list.cursor));
    list.handlers['list.down']?.(key);
  };
  const verbs = [
    ...(canEdit
      ? [
          {
            letter: 'w',
            label: 'Save this access…',
            hint: isChanged ? changeText(change) : '',
            ...(isChanged ? {} : { blocked: 'nothing was changed; space ticks' }),
            run: () => save(screen, { member, draft, consequence: changeText(change) }, lookAgain),
          },
        ]
      : []),
    ...memberVerbs(screen, member, lookAgain),
  ];
  useCommands({
    ...list.handlers,
    'list.filter': () => openFilter(filter, setFilter),
    ...(filter === '' ? {} : { 'app.back': () => setFilter('') }),
    'list.mark': canEdit ? flip : undefined,
    'draft.undo': canEdit && isChanged ? () => setDraft(member.access) : undefined,
    'item.act': verbs.length === 0 ? undefined : () => openMenu(member.name, verbs),
    'item.events': may('audit.view')
      ? () => screen.go({ screen: 'audit', filter: `by:${member.id}` })
      : undefined,
    'item.copy': () => screen.copy(member.name, 'the name'),
    'item.copy_row': () => screen.copy(JSON.stringify(member), 'the member as JSON'),
  });
  return (
    <ScreenFrame
      crumbs={['Team', member.name]}
      right={[
        { text: filter === '' ? '' : `/${filter}  `, tone: 'focus' },
        { text: isChanged ? 'not saved  ' : '', tone: 'caution' },
        badge(memberTokens[member.state]),
      ]}
    >
      {facts.map((spans, index) => (
        <Line key={index} spans={spans} width={room.width} />
      ))}
      <Box flexDirection="column" height={lines} overflowY="hidden">
        {list.items
          .slice(list.offset, list.offset + lines)
          .map((item) =>
            item.kind === 'heading' ? (
              <Rule key={item.id} title={item.spans} width={room.width} />
            ) : (
              <Line
                key={item.id}
                width={room.width}
                spans={[
                  { text: item.id === list.cursorId ? ' ▌ ' : '   ', tone: 'focus' },
                  ...rowSpans(item.row, room.width),
                ]}
              />
            ),
          )}
      </Box>
    </ScreenFrame>
  );
}

function save(
  { session, confirm }: Console,
  { member, draft, consequence }: { member: Member; draft: Access; consequence: string },
  lookAgain: () => void,
): void {
  confirm({
    title: `Change what ${member.name} reaches`,
    consequence: [`${member.name} ${consequence}. Their open consoles begin anew.`],
    facts: [
      { text: `before  ${accessText(member.access)}`, tone: 'dim' },
      { text: `after   ${accessText(draft)}` },
    ],
    verb: 'Save',
    tone: 'caution',
    onConfirm: async () => {
      const after = await session.call(updateMember, { params: { id: member.id }, body: { access: draft } });
      session.notify({ tone: 'good', text: `${member.name} reaches ${accessText(after.member.access)}` });
      lookAgain();
    },
  });
}

function factLines(member: Member, change: string | null): Spans[] {
  const dim = (text: string): Span => ({ text, tone: 'dim' });
  return [
    [
      dim('   role     '),
      { text: member.role },
      dim(`   ${plural(member.tokens, 'token')}   `),
      dim(member.you ? 'you' : ''),
    ],
    [dim('   reaches  '), { text: accessText(member.access) }],
    ...(change === null ? [] : [[dim('   draft    '), { text: change, tone: 'caution' } as const]]),
  ];
}

function itemsOf(
  known: Parameters<typeof accessRows>[0],
  access: Access,
  filter: string,
): ListItem<AccessRow>[] {
  const rows = accessRows(known, access);
  const wanted = filter.toLowerCase();
  const matching = (list: AccessRow[]) =>
    list
      .filter((row) => wanted === '' || nameOf(row).toLowerCase().includes(wanted))
      .map((row) => ({ kind: 'row' as const, id: `${row.kind} ${nameOf(row)}`, row }));
  return [
    { kind: 'heading', id: 'runners', spans: { text: 'runners: all, none, by group, or one by one' } },
    ...matching(rows.runners),
    { kind: 'heading', id: 'packs', spans: { text: 'packs: all, or only these' } },
    ...matching(rows.packs),
  ];
}

function nameOf(row: AccessRow): string {
  switch (row.kind) {
    case 'mode':
      return row.mode === 'all' ? 'every runner' : 'no runner';
    case 'group':
      return row.name;
    case 'runner':
      return row.runner.name;
    case 'all-packs':
      return 'every pack';
    case 'pack':
      return row.id;
  }
}

function rowSpans(row: AccessRow, width: number): Span[] {
  const isExclusive = row.kind === 'mode' || row.kind === 'all-packs';
  const box = isExclusive ? (row.on ? '(•)' : '( )') : row.on ? '[x]' : '[ ]';
  const room = Math.max(12, Math.min(32, width - 40));
  const name = { text: ` ${fit(cut(nameOf(row), room, 'middle'), room)}`, bold: row.on };
  const lead: Span = { text: box, tone: row.on ? 'good' : 'dim' };
  if (row.kind === 'group')
    return [lead, name, { text: `   group, ${plural(row.runners, 'runner')}`, tone: 'dim' }];
  if (row.kind !== 'runner') return [lead, name];
  const covered = row.covered ? `   by its group ${row.runner.group}` : `   ${row.runner.group}`;
  return [lead, name, { text: covered, tone: 'dim' }, { text: '   ' }, ...runnerBadge(row.runner)];
}
