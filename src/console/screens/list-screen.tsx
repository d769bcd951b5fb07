// What all lists do alike: filter, sort, cursor, marks, copying, the four states. A list screen says which
// rows, which columns and which verbs.
import { useMemo } from 'react';
import { Table, type ListItem } from '../components/table.tsx';
import type { Column } from '../components/table-layout.ts';
import { useList, type ListModel } from '../components/use-list.ts';
import { useRemembered } from '../components/remembered.ts';
import { Empty, Failed, Loading } from '../components/states.tsx';
import { count } from '../format/amount.ts';
import { useCommands } from '../keymap/use-keys.ts';
import type { CommandHandlers } from '../keymap/router.ts';
import type { ListView } from '../store/list-selector.ts';
import type { TopicState } from '../store/state.ts';
import type { Span, Spans } from '../theme/span.ts';
import { useConsole } from './console-context.ts';
import { ScreenFrame } from './screen-frame.tsx';

export interface ListSettings {
  readonly filter: string;
  readonly setFilter: (text: string) => void;
  readonly sort: string;
  readonly reverse: boolean;
  readonly wide: boolean;
  readonly handlers: CommandHandlers;
}

/**
 * Filter, order and width of a list, kept in its place; `first` is the filter that the place was opened with, where
 * `sort:since` and `sort:-since` name the order to begin with.
 */
export function useListSettings(sorts: readonly string[], first: string): ListSettings {
  const { openFilter } = useConsole();
  const opened = openedWith(sorts, first);
  const [filter, setFilter] = useRemembered('filter', opened.filter);
  const [sort, setSort] = useRemembered('sort', opened.sort);
  const [reverse, setReverse] = useRemembered('reverse', opened.reverse);
  const [wide, setWide] = useRemembered('wide', false);
  return {
    filter,
    setFilter,
    sort,
    reverse,
    wide,
    handlers: {
      'list.filter': () => openFilter(filter, setFilter),
      'list.sort': () => setSort(sorts[(sorts.indexOf(sort) + 1) % sorts.length] ?? sort),
      'list.reverse': () => setReverse(!reverse),
      'list.wide': () => setWide(!wide),
      // Back first takes the filter away: leaving the list by one key too many loses the place.
      ...(filter === '' ? {} : { 'app.back': () => setFilter('') }),
    },
  };
}

function openedWith(sorts: readonly string[], first: string) {
  const [term, sign = '', name = ''] = /(?:^|\s)sort:(-?)(\S+)/.exec(first) ?? [];
  if (term === undefined || !sorts.includes(name))
    return { filter: first, sort: sorts[0] ?? '', reverse: false };
  return { filter: first.replace(term, '').trim(), sort: name, reverse: sign === '-' };
}

interface ListScreenProps<Row extends { readonly id: string }> {
  readonly crumbs: readonly string[];
  /** What is listed, in words: "the fleet". */
  readonly what: string;
  readonly topic: TopicState;
  readonly view: ListView<Row>;
  readonly settings: ListSettings;
  readonly columns: readonly Column<Row>[];
  readonly empty: { readonly text: string; readonly hint: Spans };
  readonly items?: readonly ListItem<Row>[] | undefined;
  /** Changes with how `items` are arranged beyond filter and sort. */
  readonly arrangement?: string | undefined;
  readonly markable?: boolean;
  readonly handlers: (list: ListModel<Row>) => CommandHandlers;
  readonly copyText: (row: Row) => { readonly text: string; readonly what: string };
}

export function ListScreen<Row extends { readonly id: string }>(props: ListScreenProps<Row>) {
  const { crumbs, what, topic, view, settings, columns, empty } = props;
  const { room, copy } = useConsole();
  const plain = useMemo(
    () => view.rows.map((row) => ({ kind: 'row', id: row.id, row }) as const),
    [view.rows],
  );
  const items: readonly ListItem<Row>[] = props.items ?? plain;
  const lines = Math.max(1, room.height - 1);
  const orderKey = `${settings.filter}|${settings.sort}|${settings.reverse}|${props.arrangement ?? ''}`;
  const list = useList({ items, lines, orderKey, markable: props.markable ?? false });
  const { cursor } = list;
  const copyField = () => {
    if (cursor === null) return;
    const { text, what: name } = props.copyText(cursor);
    copy(text, name);
  };
  useCommands({
    ...list.handlers,
    ...settings.handlers,
    'item.copy': cursor === null ? undefined : copyField,
    'item.copy_row': cursor === null ? undefined : () => copy(JSON.stringify(cursor), 'the row as JSON'),
    ...props.handlers(list),
  });
  return (
    <ScreenFrame crumbs={crumbs} right={rightSpans(settings.filter, view, list.marked.size)}>
      {body()}
    </ScreenFrame>
  );

  function body() {
    if (view.total === 0 && topic.phase === 'loading') return <Loading what={what} {...room} />;
    if (view.total === 0 && topic.phase === 'error')
      return <Failed what={what} failure={topic.failure} {...room} />;
    if (view.total === 0) return <Empty text={empty.text} hint={empty.hint} {...room} />;
    if (view.rows.length === 0) {
      return (
        <Empty
          text="Nothing matches the filter"
          hint={{ text: `/${settings.filter}  esc takes it away`, tone: 'dim' }}
          {...room}
        />
      );
    }
    return (
      <Table
        columns={columns}
        items={list.items}
        offset={list.offset}
        lines={lines}
        width={room.width}
        cursorId={list.cursorId}
        marked={list.marked}
        wide={settings.wide}
        sort={{ key: settings.sort, reverse: settings.reverse }}
      />
    );
  }
}

function rightSpans(filter: string, view: ListView<unknown>, marked: number): Span[] {
  const spans: Span[] = [];
  if (view.error !== null) spans.push({ text: `${view.error}  `, tone: 'danger' });
  if (filter !== '') spans.push({ text: `/${filter}  `, tone: 'focus' });
  if (marked > 0) spans.push({ text: `${count(marked)} marked  `, tone: 'focus' });
  const shown =
    view.rows.length === view.total
      ? count(view.total)
      : `${count(view.rows.length)} of ${count(view.total)}`;
  return [...spans, { text: shown, tone: 'dim' }];
}
