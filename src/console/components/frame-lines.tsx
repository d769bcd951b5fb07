// The lines around every screen: who and where one is, how true it is, what waits, which keys work.
import { useIsScreenReaderEnabled } from 'ink';
import { useNow } from './tick.tsx';
import { age, clockUtc } from '../format/time.ts';
import { cut } from '../format/width.ts';
import type { Span, Spans } from '../theme/span.ts';
import type { Tone } from '../theme/theme.ts';
import { Line, SplitLine, fitSpans, spansWidth } from './line.tsx';

/** The link in the header's words; `since` and `retryAt` in milliseconds. */
export interface LinkWords {
  readonly kind: 'connecting' | 'live' | 'reconnecting' | 'stale' | 'signed_out' | 'closed' | 'none';
  readonly since: number;
  readonly retryAt: number | null;
  /** Only when refused: the status that the server answered with. */
  readonly status?: number | undefined;
  /** Only while live: since when an answer is outstanding. */
  readonly lagSince?: number | undefined;
}

export function linkSpan(link: LinkWords, now: number): Span {
  switch (link.kind) {
    case 'live':
      return link.lagSince === undefined
        ? { text: '● live', tone: 'good' }
        : { text: `◐ lag ${age(now - link.lagSince)}`, tone: 'caution' };
    case 'connecting':
      return { text: `◌ connecting ${age(now - link.since)}`, tone: 'caution' };
    case 'reconnecting':
      return { text: `◌ reconnecting ${age(now - link.since)}`, tone: 'caution' };
    case 'stale':
      return { text: `! stale since ${clockUtc(link.since)}`, tone: 'danger' };
    case 'signed_out':
      return { text: link.status === 403 ? '! not allowed' : '! signed out', tone: 'danger' };
    case 'closed':
      return { text: '– closed', tone: 'dim' };
    case 'none':
      return { text: '– not signed in', tone: 'dim' };
  }
}

export function HeaderLine(props: {
  account: string;
  role: string | null;
  /** Who is looked as, or null. */
  as: string | null;
  readOnly: boolean;
  link: LinkWords;
  width: number;
}) {
  const now = useNow();
  const isSpoken = useIsScreenReaderEnabled();
  const left: Span[] = [{ text: ' emisar', tone: 'focus', bold: true }];
  // Whose eyes these are is never cut off.
  if (props.as !== null) left.push({ text: `  as ${props.as} sees it`, tone: 'caution', bold: true });
  left.push({ text: `  ${props.account}` });
  if (props.role !== null && props.as === null) left.push({ text: `  ${props.role}`, tone: 'dim' });
  const right: Span[] = [{ text: '  ' }, linkSpan(props.link, now)];
  if (props.readOnly) right.unshift({ text: '  read-only', tone: 'caution' });
  if (isSpoken) right.push({ text: '  question mark lists the keys' });
  else if (props.width >= 60) right.push({ text: `  ${clockUtc(now)}`, tone: 'dim' });
  return <SplitLine left={left} right={[...right, { text: ' ' }]} width={props.width} />;
}

export interface TabEntry {
  readonly number: number;
  readonly title: string;
  readonly current: boolean;
  /** What waits there, such as `▲3`. */
  readonly badge?: { readonly text: string; readonly tone: Tone } | undefined;
}

/** All tabs, or as many as fit with the current one among them. */
export function TabsLine({ tabs, width }: { tabs: readonly TabEntry[]; width: number }) {
  const full = tabs.map(tabSpans);
  const taken = full.reduce((sum, spans) => sum + spansWidth(spans), 1);
  // In 80 columns all names stand, closer together, even with what waits beside them.
  const gap = taken + 2 * (tabs.length - 1) <= width ? 2 : 1;
  const isRoomy = taken + gap * (tabs.length - 1) <= width;
  const chosen = isRoomy ? full : tabs.map((tab) => (tab.current ? tabSpans(tab) : shortTab(tab)));
  const between: Span = { text: ' '.repeat(isRoomy ? gap : 2) };
  return <Line spans={[{ text: ' ' }, ...chosen.flatMap((spans) => [...spans, between])]} width={width} />;
}

function tabSpans(tab: TabEntry): Span[] {
  const spans: Span[] = [
    { text: `${tab.number} `, tone: tab.current ? 'focus' : 'dim' },
    tab.current ? { text: tab.title, tone: 'focus', bold: true } : { text: tab.title },
  ];
  return tab.badge === undefined ? spans : [...spans, { text: ` ${tab.badge.text}`, tone: tab.badge.tone }];
}

function shortTab(tab: TabEntry): Span[] {
  const number: Span = { text: String(tab.number), tone: 'dim' };
  return tab.badge === undefined ? [number] : [number, { text: tab.badge.text, tone: tab.badge.tone }];
}

/** Where one is on the left; what narrows the list and how much of it is shown on the right. */
export function CrumbLine(props: { crumbs: readonly string[]; right: Spans; width: number }) {
  const spans: Span[] = [{ text: ' ' }];
  props.crumbs.forEach((crumb, index) => {
    if (index > 0) spans.push({ text: ' › ', tone: 'dim' });
    spans.push({ text: cut(crumb, 48, 'middle'), bold: index === props.crumbs.length - 1 });
  });
  return (
    <SplitLine
      left={spans}
      right={[...fitSpans(props.right, props.width - 10), { text: ' ' }]}
      width={props.width}
    />
  );
}

export interface NoticeWords {
  readonly tone: 'good' | 'caution' | 'danger' | 'plain';
  readonly text: string;
  readonly fix: string | null;
}

const noticeGlyphs = { good: '✓', caution: '!', danger: '✗', plain: '·' } as const;

/** The latest notice with its remedy; a thin rule when there is none. */
export function NoticeLine({ notice, width }: { notice: NoticeWords | null; width: number }) {
  const isSpoken = useIsScreenReaderEnabled();
  if (notice === null && isSpoken) return null;
  if (notice === null)
    return <Line spans={{ text: '─'.repeat(Math.max(0, width)), tone: 'dim' }} width={width} />;
  const spans: Span[] = [
    { text: ` ${noticeGlyphs[notice.tone]} `, tone: notice.tone },
    { text: notice.text, tone: notice.tone },
  ];
  if (notice.fix !== null) spans.push({ text: `  ${notice.fix}`, tone: 'plain' });
  return <Line spans={spans} width={width} />;
}

/** Keys that work here and now; as many as fit, help always. */
export function KeyLine({
  hints,
  width,
}: {
  hints: readonly { keys: string; label: string; isHelp: boolean }[];
  width: number;
}) {
  // Said anew with every move it would drown what is new; `?` says all of it.
  const isSpoken = useIsScreenReaderEnabled();
  const spans: Span[] = [{ text: ' ' }];
  const help = hints.find(({ isHelp }) => isHelp);
  const reserved = help === undefined ? 0 : spansWidth(hintSpans(help));
  let room = width - 1 - reserved;
  for (const hint of hints) {
    if (hint === help) continue;
    const next = hintSpans(hint);
    room -= spansWidth(next);
    if (room < 0) break;
    spans.push(...next);
  }
  if (help !== undefined) spans.push(...hintSpans(help));
  return isSpoken ? null : <Line spans={spans} width={width} />;
}

function hintSpans({ keys, label }: { keys: string; label: string }): Span[] {
  return [
    { text: keys, tone: 'focus' },
    { text: ` ${label}  `, tone: 'dim' },
  ];
}
