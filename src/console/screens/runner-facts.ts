// What is known of one runner, as lines: how it is, and for whatever is wrong what to do about it.
import type { RunnerDetail } from '../../protocol/api/runners.ts';
import { badgeOf } from '../../protocol/runner.ts';
import { age, instant, pastInstant, type TimeMode } from '../format/time.ts';
import { fit, wrap } from '../format/width.ts';
import { sinceOf } from '../store/runners.ts';
import type { Span, Spans } from '../theme/span.ts';
import { runnerBadge } from '../theme/tokens.ts';

const LABEL = 14;

/** Everything the lines need beyond the record. */
export interface FactsAt {
  readonly width: number;
  readonly now: number;
  readonly timeMode: TimeMode;
  /** When it was last heard, in milliseconds since the epoch. */
  readonly beatAt: number | null;
}

/** Badge and since when, for the corner of the screen. */
export function stateSpans(runner: RunnerDetail, { now, timeMode }: FactsAt): Span[] {
  const since = sinceOf(runner);
  const when = since === null ? '' : sinceText(since, timeMode, now);
  return [...runnerBadge(runner), { text: when, tone: 'dim' }];
}

function sinceText(since: string, mode: TimeMode, now: number): string {
  if (mode === 'relative') return `  for ${age(Math.max(0, now - Date.parse(since)))}`;
  return `  since ${pastInstant(since, mode, now)}`;
}

export function runnerFacts(runner: RunnerDetail, at: FactsAt): Spans[] {
  const dim = (text: string): Span => ({ text, tone: 'dim' });
  const lines: Spans[] = [
    fact(
      'heartbeat',
      heartbeat(at),
      dim(runner.unfinished_runs > 0 ? `   ${runner.unfinished_runs} unfinished` : ''),
    ),
    fact(
      'group',
      { text: runner.group },
      dim(runner.hostname === runner.name ? '' : `   host ${runner.hostname}`),
      dim(runner.address === null ? '' : `   from ${runner.address}`),
      dim(`   version `),
      { text: runner.version },
      versionSpan(runner),
    ),
  ];
  const labels = Object.entries(runner.labels);
  if (labels.length > 0)
    lines.push(fact('labels', dim(labels.map(([name, value]) => `${name}=${value}`).join('  '))));
  lines.push(fact('enrolled', ...enrolledSpans(runner, at)));
  for (const [label, text, tone] of attention(runner, at)) {
    wrap(text, Math.max(20, at.width - LABEL - 1))
      .slice(0, 3)
      .forEach((part, index) => lines.push(fact(index === 0 ? label : '', { text: part, tone })));
  }
  return lines;
}

function fact(label: string, ...spans: Span[]): Span[] {
  return [{ text: fit(`   ${label}`, LABEL), tone: 'dim' }, ...spans];
}

function heartbeat({ beatAt, now }: FactsAt): Span {
  return beatAt === null ? { text: 'never heard', tone: 'dim' } : { text: `${age(now - beatAt)} ago` };
}

function versionSpan({ version_class: kind }: RunnerDetail): Span {
  if (kind === 'outdated') return { text: '  outdated', tone: 'caution' };
  return kind === 'unsupported' ? { text: '  ✗ unsupported', tone: 'danger' } : { text: '' };
}

function enrolledSpans(runner: RunnerDetail, { now, timeMode }: FactsAt): Span[] {
  const { enrollment_key: key, token } = runner;
  const spans: Span[] = [{ text: pastInstant(runner.registered_at, timeMode, now) }];
  if (key !== null) spans.push({ text: `  by key ${key.prefix}…  ${key.description}`, tone: 'dim' });
  if (token === null) spans.push({ text: '   no token', tone: 'caution' });
  else if (token.expires_at !== null)
    spans.push({ text: `   token ends ${instant(token.expires_at, timeMode, now)}`, tone: 'dim' });
  return spans;
}

type Attention = readonly [label: string, text: string, tone: 'caution' | 'danger'];

/** One block for each condition that somebody can act on; silence otherwise. */
function attention(runner: RunnerDetail, { now }: FactsAt): Attention[] {
  const blocks: Attention[] = [];
  const down = whyDown(runner);
  if (down !== null) blocks.push(down);
  if (runner.held)
    blocks.push(['■ held', 'Nothing new starts on it, and what runs goes on. Release it under a', 'caution']);
  if (runner.conflict !== null) {
    const [newest = 'a second host', held = 'this one'] = runner.conflict.addresses;
    blocks.push([
      '! conflict',
      `${newest} presents the same identity as ${held}, ${age(Math.max(0, now - Date.parse(runner.conflict.at)))} ago. A cloned machine needs a key and a data directory of its own: stop the clone, delete its runner.token, enroll it with a fresh key`,
      'danger',
    ]);
  }
  if (runner.reenrolled_at !== null)
    blocks.push(['! re-enrolled', 'It enrolled again with a fresh key; its old token has ended', 'caution']);
  for (const { pack, reason } of runner.degraded_packs)
    blocks.push([
      '! degraded',
      `${pack}: ${reason} — on the host: sudo emisar pack validate, then sudo systemctl reload emisar`,
      'caution',
    ]);
  if (runner.signed_only)
    blocks.push([
      '! signed only',
      'It takes only runs that somebody signed; none can be started from here',
      'caution',
    ]);
  return blocks;
}

function whyDown(runner: RunnerDetail): Attention | null {
  switch (badgeOf(runner)) {
    case 'offline':
      return [
        'why',
        `${runner.disconnect_note ?? 'the connection ended'}. On the host: systemctl status emisar, journalctl -u emisar -n 50`,
        'caution',
      ];
    case 'stale':
      return [
        'why',
        'it is connected and silent: a heartbeat is overdue. It counts as offline after 90 s',
        'caution',
      ];
    case 'pending':
      return ['why', 'it enrolled and never connected. On the host: systemctl status emisar', 'caution'];
    case 'disabled':
      return [
        'why',
        'somebody disabled it: enable it under a, then on the host: sudo systemctl start emisar',
        'caution',
      ];
    case 'revoked':
      return [
        'why',
        'its token was revoked: mint a fresh key (:keys mint) and enroll the host again',
        'danger',
      ];
    default:
      return null;
  }
}
