// The output view's state and moves: following or paused, searched, wrapped, which stream. Drawing it is
// run-output-pane.tsx.
import { useRef } from 'react';
import { useRemembered } from '../components/remembered.ts';
import { timeOfDayWidth, type TimeMode } from '../format/time.ts';
import type { CommandHandlers } from '../keymap/router.ts';
import { lineAt, lineTotal } from '../store/run-output.ts';
import type { OutputLog } from '../store/output-log.ts';
import { newLines, pauseAt, settledPause, type Pause } from './run-pause.ts';
import {
  endSpot,
  isBefore,
  movedSpot,
  nearestLine,
  rowsFrom,
  type OutputRow,
  type RowOptions,
  type Spot,
  type Stream,
} from './run-rows.ts';

export interface OutputView {
  readonly rows: readonly OutputRow[];
  /** Lines that came since the pause; null while following. */
  readonly newCount: number | null;
  readonly isAtTop: boolean;
  readonly stream: Stream | undefined;
  readonly stamps: boolean;
  readonly wrap: boolean;
  readonly query: string;
  readonly handlers: CommandHandlers;
}

interface ViewSettings {
  readonly log: OutputLog;
  readonly marks: readonly string[];
  readonly width: number;
  readonly lines: number;
  readonly timeMode: TimeMode;
  /** Fetches a page of the output; the position is kept by chunk. */
  readonly load: (direction: 'before' | 'after' | 'tail') => Promise<void>;
  readonly latestLog: () => OutputLog | undefined;
  readonly openSearch: (text: string, apply: (text: string) => void) => void;
  readonly say: (text: string) => void;
}

/** Cells before the text: the mark of the stream, and the time of day when stamps are shown. */
export function leadWidth(stamps: boolean, timeMode: TimeMode): number {
  return 3 + (stamps ? timeOfDayWidth(timeMode) : 0);
}

const nextStream = new Map<Stream | undefined, Stream | undefined>([
  [undefined, 'stdout'],
  ['stdout', 'stderr'],
  ['stderr', undefined],
]);

export function useOutputView(settings: ViewSettings): OutputView {
  const { log, marks, lines, openSearch } = settings;
  const [held, setHeld] = useRemembered<Pause | null>('output.pause', null);
  const [stream, setStream] = useRemembered<Stream | undefined>('output.stream', undefined);
  const [stamps, setStamps] = useRemembered('output.stamps', false);
  const [wrap, setWrap] = useRemembered('output.wrap', false);
  const [query, setQuery] = useRemembered('output.query', '');
  const isLoading = useRef(false);

  const optionsFor = (of: OutputLog): RowOptions => ({
    log: of,
    marks,
    stream,
    wrap,
    width: Math.max(10, settings.width - leadWidth(stamps, settings.timeMode) - 1),
  });
  const options = optionsFor(log);
  const pause = held === null ? null : settledPause(held, log);
  const spot = pause?.spot ?? endSpot(options, lines);
  const isAtTop = nearestLine(options, spot.line - 1, -1) === null && spot.part === 0;

  const pauseOn = (next: Spot, of: OutputLog = log) =>
    setHeld((before) =>
      pauseAt(of, next, before === null ? lineTotal(of) : settledPause(before, of).linesThen),
    );
  const fetch = (direction: 'before' | 'after' | 'tail', then: () => void) => {
    if (isLoading.current) return;
    isLoading.current = true;
    void settings.load(direction).finally(() => {
      isLoading.current = false;
      then();
    });
  };
  const up = (rows: number) => () => {
    if (isAtTop && log.moreBefore) {
      setHeld((before) => before ?? pauseAt(log, spot, lineTotal(log)));
      return fetch('before', () => {
        const fresh = settings.latestLog();
        if (fresh === undefined) return;
        setHeld((before) => {
          if (before === null) return before;
          const kept = settledPause(before, fresh);
          return pauseAt(fresh, movedSpot(optionsFor(fresh), kept.spot, -rows, lines), kept.linesThen);
        });
      });
    }
    pauseOn(movedSpot(options, spot, -rows, lines));
  };
  const down = (rows: number) => () => {
    if (pause === null) return;
    const next = movedSpot(options, spot, rows, lines);
    if (log.moreAfter && !isBefore(next, endSpot(options, lines))) fetch('after', () => {});
    pauseOn(next);
  };
  const follow = () => {
    setHeld(null);
    if (log.moreAfter) fetch('tail', () => {});
  };
  const find = (direction: 1 | -1) => () => {
    const found = findFrom(options, spot.line + direction, query, direction);
    if (found !== null) return pauseOn({ line: found, part: 0 });
    const rest = direction === -1 && log.moreBefore ? '; earlier output is not loaded yet (pgup)' : '';
    settings.say(`No ${direction === 1 ? 'later' : 'earlier'} line has “${query}”${rest}`);
  };
  const page = Math.max(1, lines - 1);
  return {
    rows: rowsFrom(options, spot, lines),
    newCount: pause === null ? null : newLines(pause, log),
    isAtTop,
    stream,
    stamps,
    wrap,
    query,
    handlers: {
      'list.up': up(1),
      'list.down': down(1),
      'list.page_up': up(page),
      'list.page_down': down(page),
      'list.half_up': up(Math.ceil(page / 2)),
      'list.half_down': down(Math.ceil(page / 2)),
      'list.first': isAtTop ? up(page) : () => pauseOn({ line: 0, part: 0 }),
      'output.follow': follow,
      'output.search': () => openSearch(query, setQuery),
      'output.next': query === '' ? undefined : find(1),
      'output.previous': query === '' ? undefined : find(-1),
      'output.stream': () => setStream(nextStream.get(stream)),
      'output.stamps': () => setStamps(!stamps),
      'output.wrap': () => setWrap(!wrap),
    },
  };
}

function findFrom(options: RowOptions, from: number, query: string, direction: 1 | -1): number | null {
  const wanted = query.toLowerCase();
  const total = lineTotal(options.log);
  for (
    let index = nearestLine(options, from, direction);
    index !== null;
    index = nearestLine(options, index + direction, direction)
  ) {
    const line = index < total ? lineAt(options.log, index) : undefined;
    if (line?.kind === 'text' && line.text.toLowerCase().includes(wanted)) return index;
  }
  return null;
}
