// One action: what it does, and runner by runner whether it can be started there. `r` starts it where one says.
import { useMemo } from 'react';
import {
  getAction,
  type ActionContract,
  type ActionDetail,
  type ActionRunner,
} from '../../protocol/api/actions.ts';
import type { ListItem } from '../components/table.tsx';
import type { Column } from '../components/table-layout.ts';
import { useFetched } from '../components/use-fetched.ts';
import { count, plural, shortHash } from '../format/amount.ts';
import { wrap } from '../format/width.ts';
import { actionRunnerColumns, selectActionRunners, type ActionRunnerColumn } from '../store/actions.ts';
import type { Session } from '../store/session.ts';
import type { Span } from '../theme/span.ts';
import { badge, decisionTokens, riskTokens, runnerTokens } from '../theme/tokens.ts';
import { catalogueVersion } from './actions-screen.tsx';
import { useConsole, useConsoleState, useTopic } from './console-context.ts';
import { ListScreen, useListSettings } from './list-screen.tsx';
import type { Place } from './place.ts';
import { ActionDialog } from './run-action-dialog.tsx';
import { explain } from './troubleshooting-screen.tsx';

export function ActionScreen({ id, group }: { id: string; group: string | null }) {
  const screen = useConsole();
  const { session, go, may, failureOf, room, openOverlay } = screen;
  useTopic('fleet');
  useTopic('packs');
  const version = useConsoleState(catalogueVersion);
  const settings = useListSettings(actionRunnerColumns, '');
  const { filter, sort, reverse } = settings;
  const fetched = useFetched(`${id} ${group ?? ''}`, version, () => readAction(session, id, group));
  const known = fetched.value;
  const view = useMemo(
    () =>
      selectActionRunners(known?.runners.items ?? [], { filter, sort: sort as ActionRunnerColumn, reverse }),
    [known, filter, sort, reverse],
  );
  const items = useMemo(
    (): ListItem<ActionRunner>[] => [
      ...(known === null ? [] : headings(known, room.width)),
      ...view.rows.map((row) => ({ kind: 'row', id: row.id, row }) as const),
    ],
    [known, view.rows, room.width],
  );
  const [contract] = known?.contracts ?? [];
  const failure = fetched.phase === 'error' ? failureOf(fetched.error) : null;
  return (
    <ListScreen
      crumbs={['Actions', id, ...(group === null ? [] : [`on ${group}`])]}
      what="this action"
      topic={{ phase: fetched.phase, at: null, failure, more: false }}
      view={view}
      settings={settings}
      columns={columns}
      items={items}
      empty={{
        text: `No runner in reach offers ${id}`,
        hint: { text: ':actions lists what there is', tone: 'dim' },
      }}
      markable
      handlers={(list) => {
        const { cursor } = list;
        const chosen = list.targets();
        return {
          'list.open': cursor === null ? undefined : () => go({ screen: 'runner', id: cursor.id }),
          'item.run':
            chosen.length === 0 || !may('runs.dispatch') ? undefined : () => go(runPlace(id, chosen)),
          'item.related':
            contract === undefined
              ? undefined
              : () =>
                  openOverlay((close) => (
                    <ActionDialog action={contract.action} room={room} onClose={close} />
                  )),
          'item.explain': cursor === null ? undefined : () => explain(screen, cursor.blocked_by),
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

/** A form for the marked ones, else for the one under the cursor. */
function runPlace(actionId: string, chosen: readonly ActionRunner[]): Place {
  const place = { screen: 'new-run', runnerId: null, actionId } as const;
  const [only] = chosen;
  if (chosen.length === 1 && only !== undefined) return { ...place, runnerId: only.id };
  return { ...place, runnerIds: chosen.map((runner) => runner.id) };
}

const PAGE = 1000;
const RUNNERS_MAX = 20_000;

/** All of its runners, by page. */
async function readAction(session: Session, id: string, group: string | null): Promise<ActionDetail> {
  const query = { limit: PAGE, ...(group === null ? {} : { group }) };
  const detail = await session.call(getAction, { params: { id }, query });
  const runners = [...detail.runners.items];
  let cursor = detail.runners.next_cursor;
  while (cursor !== null && runners.length < RUNNERS_MAX) {
    const next = await session.call(getAction, { params: { id }, query: { ...query, cursor } });
    runners.push(...next.runners.items);
    cursor = next.runners.next_cursor;
  }
  return { ...detail, runners: { ...detail.runners, items: runners } };
}

function headings(detail: ActionDetail, width: number): ListItem<ActionRunner>[] {
  const { ready_count: ready, queueable_count: away, runners_count: all } = detail;
  const lines: Span[][] = [
    [
      { text: '   ' },
      badge(riskTokens[detail.risk]),
      { text: `  ${detail.title}`, bold: true },
      { text: `  ${detail.kind} · ${detail.pack_id}`, tone: 'dim' },
    ],
    ...wrap(detail.summary, Math.max(20, width - 6))
      .slice(0, 2)
      .map((text): Span[] => [{ text: `   ${text}` }]),
    ...(detail.contracts.length > 1 ? detail.contracts.map(contractSpans) : []),
    [
      { text: ` ── ${plural(all, 'runner')}`, tone: 'dim' },
      { text: ready > 0 ? `  ● ${count(ready)} ready` : '', tone: 'good' },
      { text: away > 0 ? `  ○ ${count(away)} away` : '', tone: 'caution' },
      ...detail.blocked.map(({ code, runners_count: many }): Span => {
        return { text: `  ! ${count(many)} ${code.replaceAll('_', ' ')}`, tone: 'caution' };
      }),
    ],
  ];
  return lines.map((spans, index) => ({ kind: 'heading', id: `about ${index}`, spans }));
}

/** Hosts that carry other bytes may have another action under the same name. */
function contractSpans(contract: ActionContract): Span[] {
  const { pack_id: id, pack_version: version, pack_hash: hash, blocked_by: code } = contract;
  return [
    { text: `   ${id} ${version}  `, tone: 'dim' },
    { text: shortHash(hash), tone: 'dim' },
    { text: `  ${plural(contract.runners_count, 'runner')}  `, tone: 'dim' },
    badge(riskTokens[contract.action.risk]),
    { text: code === null ? '' : `  ! ${code.replaceAll('_', ' ')}`, tone: 'caution' },
  ];
}

const columns: readonly Column<ActionRunner>[] = [
  {
    key: 'name',
    title: 'RUNNER',
    width: 16,
    grow: 1,
    max: 40,
    cut: 'middle',
    priority: 0,
    cell: ({ name }) => name,
  },
  {
    key: 'state',
    title: 'STATE',
    width: 11,
    priority: 1,
    cell: ({ state }) => badge(runnerTokens[state]),
  },
  { key: 'group', title: 'GROUP', width: 12, grow: 1, max: 24, priority: 2, cell: ({ group }) => group },
  {
    key: 'blocked',
    title: 'HERE',
    width: 20,
    grow: 1,
    max: 30,
    priority: 0,
    cell: ({ blocked_by: code, state, missing_executable: program }) => {
      if (code === null)
        return state === 'online'
          ? { text: '● ready', tone: 'good' }
          : { text: '○ would wait', tone: 'caution' };
      const because = program === null ? code.replaceAll('_', ' ') : `${program} is missing`;
      return { text: `! ${because}`, tone: 'caution' };
    },
  },
  {
    key: 'policy',
    title: 'POLICY',
    width: 9,
    priority: 1,
    cell: ({ policy }) => badge(decisionTokens[policy]),
  },
  { key: 'version', title: 'PACK', width: 10, priority: 4, cell: ({ pack_version: version }) => version },
];
