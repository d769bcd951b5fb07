// What stands below the table of minted keys: the key under the cursor in the chosen form, what to look at on hosts
// that are late, and whether a secret could still be lost.
import { hostFormWords, type HostForm } from '../../protocol/host-forms.ts';
import { neutralise } from '../../protocol/neutralise.ts';
import { cut, wrap } from '../format/width.ts';
import type { Spans } from '../theme/span.ts';
import { arrivalText, isWaiting, type FollowedKey } from './mint-follow.ts';
import { copyOf } from './mint-secrets.ts';

/** Of the command or the document. */
const PREVIEW_LINES = 3;
/** As many lines as there can be, without what is said of hosts that are late. */
export const NOTES_LINES = PREVIEW_LINES + 4;

interface Below {
  readonly cursor: FollowedKey | null;
  readonly form: HostForm;
  readonly followed: readonly FollowedKey[];
  /** What to look at on hosts that are late; empty before that. */
  readonly checks: readonly string[];
  readonly isKept: boolean;
  readonly width: number;
}

export function mintNotes({ cursor, form, followed, checks, isKept, width }: Below): Spans[] {
  const lines: Spans[] = ['', formSpans(form)];
  if (cursor !== null) {
    const tone = isWaiting(cursor) ? 'plain' : 'dim';
    for (const text of shownOf(cursor, form, width)) lines.push({ text: `   ${text}`, tone });
  }
  const arrival = { text: cut(`   ${arrivalText(followed)}`, width) };
  if (checks.length === 0) lines.push({ ...arrival, tone: 'dim' });
  else {
    lines.push({ ...arrival, tone: 'caution' });
    for (const [index, check] of checks.entries())
      lines.push([{ text: `   ${index + 1} `, tone: 'caution' }, { text: check }]);
  }
  lines.push(
    isKept
      ? { text: '   ✓ nothing is lost when you leave', tone: 'dim' }
      : [
          { text: '   ! shown here only  ', tone: 'caution' },
          { text: 'y copies this one, Y all, w writes a file (0600)', tone: 'dim' },
        ],
  );
  return lines;
}

function formSpans(form: HostForm): Spans {
  return [
    { text: '   as ', tone: 'dim' },
    { text: form, tone: 'focus' },
    { text: `  ${hostFormWords[form]} · v turns to the next`, tone: 'dim' },
  ];
}

/** The line, or what of the document of this host is about this host. */
function shownOf({ minted }: FollowedKey, form: HostForm, width: number): string[] {
  const room = Math.max(20, width - 6);
  if (form === 'shell') return wrap(minted.command.trimStart(), room).slice(0, PREVIEW_LINES);
  const written = copyOf(minted, form)
    .split('\n')
    .filter((line) => /^\s*EMISAR_|emkey-/.test(line));
  return written.slice(0, PREVIEW_LINES).map((line) => cut(neutralise(line.trim()), room));
}
