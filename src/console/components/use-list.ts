// Cursor, marks and scroll of a list. All of them hold ids, never positions (T5); an order that changes
// while the operator moves is shown two seconds after the last move.
import { useContext, useEffect, useMemo, useRef, useState } from 'react';
import type { CommandHandlers } from '../keymap/router.ts';
import { MemoryContext, useRemembered, type Memory } from './remembered.ts';
import type { ListItem } from './table.tsx';

export const SETTLE_MS = 2000;

export interface ListModel<Row> {
  readonly items: readonly ListItem<Row>[];
  readonly offset: number;
  readonly cursorId: string | null;
  readonly cursor: Row | null;
  readonly marked: ReadonlySet<string>;
  /** The marked rows that still exist, in list order; without marks the one under the cursor. */
  readonly targets: () => readonly Row[];
  readonly clearMarks: () => void;
  /** Puts the cursor on the item with this id, now or as soon as there is one. */
  readonly focus: (id: string) => void;
  /** Movement, marking: hand these to useCommands together with the screen's own. */
  readonly handlers: CommandHandlers;
}

interface ListSettings<Row> {
  /** Names the list within its place. */
  readonly name?: string;
  readonly items: readonly ListItem<Row>[];
  readonly lines: number;
  /** When this changes (filter, sort, grouping) a new order is taken at once. */
  readonly orderKey: string;
  readonly markable?: boolean;
}

const nothingMarked: ReadonlySet<string> = new Set();

export function useList<Row>(settings: ListSettings<Row>): ListModel<Row> {
  const { name = 'list', lines, orderKey, markable = false } = settings;
  const movedAt = useRef(0);
  const items = useSettled(settings.items, orderKey, movedAt);
  const [wanted, setWanted] = useRemembered<string | null>(`${name}.cursor`, null);
  const memory = useContext(MemoryContext);
  const place = numberIn(memory, `${name}.index`);
  const scrolled = numberIn(memory, `${name}.offset`);
  const [marked, setMarked] = useRemembered<ReadonlySet<string>>(`${name}.marks`, nothingMarked);

  const index = cursorIndex(items, wanted, place);
  const item = items[index];
  const cursor = item?.kind === 'row' ? item.row : null;
  const offset = offsetFor(index, scrolled, lines, items);
  // The frame that is drawn is what movement starts from; noting it down draws nothing.
  useEffect(() => {
    memory.set(`${name}.offset`, offset);
    if (index >= 0) memory.set(`${name}.index`, index);
  });

  const moveTo = (target: number, direction: 1 | -1) => {
    movedAt.current = Date.now();
    const next = nearestRow(items, target, direction);
    const to = items[next];
    if (to === undefined) return;
    setWanted(to.id);
  };
  const by = (step: number) => () => moveTo(index + step, step > 0 ? 1 : -1);
  const page = Math.max(1, lines - 1);
  const toggle = () => {
    if (item?.kind === 'row') {
      const next = new Set(marked);
      if (!next.delete(item.id)) next.add(item.id);
      setMarked(next);
    }
    moveTo(index + 1, 1);
  };
  const toggleAll = () => {
    const ids = items.filter(({ kind }) => kind === 'row').map(({ id }) => id);
    setMarked(ids.every((id) => marked.has(id)) ? nothingMarked : new Set(ids));
  };
  return {
    items,
    offset,
    cursorId: item !== undefined && canRest(item) ? item.id : null,
    cursor,
    marked,
    targets: () => targetsOf(items, marked, cursor),
    clearMarks: () => setMarked(nothingMarked),
    focus: setWanted,
    handlers: {
      'list.down': by(1),
      'list.up': by(-1),
      'list.page_down': by(page),
      'list.page_up': by(-page),
      'list.half_down': by(Math.ceil(page / 2)),
      'list.half_up': by(-Math.ceil(page / 2)),
      'list.first': () => moveTo(0, 1),
      'list.last': () => moveTo(items.length - 1, -1),
      ...(markable ? { 'list.mark': toggle, 'list.mark_all': toggleAll } : {}),
    },
  };
}

function numberIn(memory: Memory, key: string): number {
  const value = memory.get(key);
  return typeof value === 'number' ? value : 0;
}

function targetsOf<Row>(
  items: readonly ListItem<Row>[],
  marked: ReadonlySet<string>,
  cursor: Row | null,
): readonly Row[] {
  const rows =
    marked.size === 0
      ? []
      : items.flatMap((item) => (item.kind === 'row' && marked.has(item.id) ? [item.row] : []));
  if (rows.length > 0) return rows;
  return cursor === null ? [] : [cursor];
}

/** Where the cursor's row is now; when it is gone, the row nearest to where it was. */
function cursorIndex<Row>(items: readonly ListItem<Row>[], wanted: string | null, place: number): number {
  const found = wanted === null ? -1 : items.findIndex(({ id }) => id === wanted);
  return found >= 0 ? found : nearestRow(items, wanted === null ? 0 : place, 1);
}

function canRest(item: ListItem<unknown>): boolean {
  return item.kind === 'row' || item.rests === true;
}

/** The row at `target` or beyond it in that direction, else the one before it; -1 in a list without rows. */
export function nearestRow<Row>(items: readonly ListItem<Row>[], target: number, direction: 1 | -1): number {
  const start = Math.min(Math.max(0, target), items.length - 1);
  for (const step of [direction, -direction]) {
    for (let at = start; at >= 0 && at < items.length; at += step) {
      const item = items[at];
      if (item !== undefined && canRest(item)) return at;
    }
  }
  return -1;
}

/** Scrolls as little as keeps the cursor in sight, with the heading above the first row. */
function offsetFor<Row>(
  index: number,
  scrolled: number,
  lines: number,
  items: readonly ListItem<Row>[],
): number {
  const most = Math.max(0, items.length - lines);
  if (index < 0 || lines <= 0) return Math.min(scrolled, most);
  const top = items[index - 1]?.kind === 'heading' && lines > 1 ? index - 1 : index;
  return Math.max(0, Math.min(Math.max(Math.min(scrolled, top), index - lines + 1), most));
}

function useSettled<Row>(
  items: readonly ListItem<Row>[],
  orderKey: string,
  movedAt: { readonly current: number },
): readonly ListItem<Row>[] {
  const shown = useRef<{ items: readonly ListItem<Row>[]; orderKey: string }>({ items, orderKey });
  const [, redraw] = useState(0);
  // What was drawn last is read here and noted after the commit; that it changes draws nothing by itself.
  /* oxlint-disable react/refs */
  const restMs = movedAt.current + SETTLE_MS - Date.now();
  const isMoving = restMs > 0 && shown.current.orderKey === orderKey;
  const previous = shown.current.items;
  const settled = useMemo(
    () => (isMoving && previous !== items ? inOrderOf(previous, items) : items),
    [isMoving, previous, items],
  );
  /* oxlint-enable react/refs */
  useEffect(() => {
    shown.current = { items: settled, orderKey };
    if (settled === items) return;
    const timer = setTimeout(() => redraw((count) => count + 1), Math.max(0, restMs));
    return () => clearTimeout(timer);
  });
  return settled;
}

/** The new rows in the order of the old ones; gone ones fall out, new ones come last. */
export function inOrderOf<Row>(
  previous: readonly ListItem<Row>[],
  items: readonly ListItem<Row>[],
): readonly ListItem<Row>[] {
  if (previous.length === items.length && previous.every(({ id }, index) => id === items[index]?.id))
    return items;
  const fresh = new Map(items.map((item) => [item.id, item]));
  const ordered: ListItem<Row>[] = [];
  for (const { id } of previous) {
    const item = fresh.get(id);
    if (item === undefined) continue;
    ordered.push(item);
    fresh.delete(id);
  }
  return [...ordered, ...fresh.values()];
}
