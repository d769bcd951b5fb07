// The two upper rungs of danger: a consequence with Cancel focused, and typing the name. The key that
// opened a dialog can never confirm it, and keys that were already on their way are dropped (T2, T3).
import { useIsScreenReaderEnabled } from 'ink';
import { useRef, useState } from 'react';
import { useCapture } from '../keymap/use-keys.ts';
import { wrap } from '../format/width.ts';
import type { Span, Spans } from '../theme/span.ts';
import { Dialog, innerWidthIn, type DialogRoom } from './dialog.tsx';
import { failureSpans, type FailureWords } from './states.tsx';
import { editKey, editOf, insertText, textOf } from './text-edit.ts';
import { editSpans } from './text-line.tsx';

/** Keys in the first moments of a dialog were meant for what was there before. */
export const DEAF_MS = 300;

export interface ConfirmProps {
  /** What is about to happen, with its object: `Disable web-01`. */
  readonly title: string;
  /** The server it happens on, shown in the title (T7). */
  readonly server: string;
  /** What follows from it, and how it is undone. */
  readonly consequence: readonly string[];
  /** Further lines as they are: hashes, targets, commands. */
  readonly facts?: readonly Spans[];
  /** The verb on the button. */
  readonly verb: string;
  /** Set when the name must be typed. */
  readonly typeName?: string | undefined;
  readonly tone: 'caution' | 'danger';
  readonly room: DialogRoom;
  readonly onClose: () => void;
  /** Does it. What it throws is shown here and the dialog stays as it was. */
  readonly onConfirm: () => Promise<void>;
  readonly failureOf: (error: unknown) => FailureWords;
  readonly now?: () => number;
}

type Focus = 'cancel' | 'confirm';

export function ConfirmDialog(props: ConfirmProps) {
  const { typeName, room, onClose, onConfirm, failureOf, now = Date.now } = props;
  const isSpoken = useIsScreenReaderEnabled();
  const openedAt = useRef(now());
  const [focus, setFocus] = useState<Focus>('cancel');
  const [edit, setEdit] = useState(() => editOf(''));
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<FailureWords | null>(null);

  const confirm = () => {
    setBusy(true);
    onConfirm().then(onClose, (error: unknown) => {
      setFailure(failureOf(error));
      setBusy(false);
    });
  };
  const isDeaf = () => now() - openedAt.current < DEAF_MS;
  useCapture(
    (key) => {
      if (busy || isDeaf()) return;
      if (key.name === 'esc') return onClose();
      if (typeName !== undefined) {
        if (key.name === 'enter') return textOf(edit) === typeName ? confirm() : undefined;
        const next = editKey(edit, key);
        return next === null ? undefined : setEdit(next);
      }
      if (['left', 'right', 'tab', 'shift-tab', 'up', 'down'].includes(key.name)) {
        return setFocus(focus === 'cancel' ? 'confirm' : 'cancel');
      }
      if (key.name === 'enter') return focus === 'confirm' ? confirm() : onClose();
    },
    // A pasted name is a typed name; it still takes Enter.
    (text) => {
      if (typeName !== undefined && !busy && !isDeaf()) setEdit(insertText(edit, text));
    },
  );

  const innerWidth = innerWidthIn(room, Math.max(64, (typeName?.length ?? 0) + 32));
  const lines: Spans[] = props.consequence.flatMap((text) => wrap(text, innerWidth));
  if (props.facts !== undefined) lines.push('', ...props.facts);
  lines.push('');
  if (failure !== null) lines.push(...failureSpans(failure, innerWidth), '');
  lines.push(...(typeName === undefined ? buttonLines() : typed(props, typeName)));
  lines.push(footLine(busy, typeName, props.verb));
  return (
    <Dialog
      title={`${props.title} on ${props.server}`}
      tone={props.tone}
      lines={lines}
      room={room}
      innerWidth={innerWidth}
    />
  );

  function buttonLines(): Spans[] {
    const [cancel, verb] = buttons(props.verb, focus, props.tone);
    return isSpoken ? [cancel, verb] : [[...cancel, { text: '    ' }, ...verb]];
  }

  function typed({ verb }: ConfirmProps, name: string): Spans[] {
    const matches = textOf(edit) === name;
    const label: Span[] = [
      { text: 'Type  ' },
      { text: name, bold: true },
      { text: `  to ${verb.toLowerCase()}:` },
    ];
    return [
      label,
      [{ text: '  ' }, ...editSpans(edit, innerWidth - 6), { text: matches ? '  ✓' : '', tone: 'good' }],
    ];
  }
}

function buttons(verb: string, focus: Focus, tone: 'caution' | 'danger'): [Span[], Span[]] {
  return [
    [
      { text: focus === 'cancel' ? '▌' : ' ', tone: 'focus' },
      { text: ' Cancel ', inverse: focus === 'cancel' },
    ],
    [
      { text: focus === 'confirm' ? '▌' : ' ', tone: 'focus' },
      { text: ` ${verb} `, tone, inverse: focus === 'confirm' },
    ],
  ];
}

function footLine(busy: boolean, typeName: string | undefined, verb: string): Span {
  if (busy) return { text: '◌ asking the server…', tone: 'dim' };
  if (typeName !== undefined)
    return { text: `⏎ once the name is complete · esc leaves everything as it is`, tone: 'dim' };
  return { text: `⏎ takes what is marked · → then ⏎ to ${verb.toLowerCase()} · esc leaves`, tone: 'dim' };
}
