// The menu of verbs on a thing: safest first and focused. Letters work only in here.
import { useState } from 'react';
import { useCapture } from '../keymap/use-keys.ts';
import type { Span, Spans } from '../theme/span.ts';
import type { Tone } from '../theme/theme.ts';
import { Dialog, innerWidthIn, type DialogRoom } from './dialog.tsx';
import { spansWidth } from './line.tsx';

export interface ActMenuItem {
  readonly letter: string;
  readonly label: string;
  /** Right behind the label, dim. */
  readonly hint?: string | undefined;
  readonly tone?: Tone;
  /** Why it cannot be done now; the item stays visible and does nothing but say so. */
  readonly blocked?: string | undefined;
  readonly run: () => void;
}

interface ActMenuProps {
  readonly title: string;
  readonly items: readonly ActMenuItem[];
  readonly room: DialogRoom;
  readonly onClose: () => void;
}

export function ActMenu({ title, items, room, onClose }: ActMenuProps) {
  const [focused, setFocused] = useState(0);
  const [said, setSaid] = useState<string | null>(null);
  const choose = (item: ActMenuItem | undefined) => {
    if (item === undefined) return;
    if (item.blocked !== undefined) return setSaid(item.blocked);
    onClose();
    item.run();
  };
  useCapture((key) => {
    if (key.name === 'esc' || key.name === 'q') return onClose();
    if (key.name === 'enter') return choose(items[focused]);
    if (key.name === 'down' || key.name === 'tab')
      return setFocused((at) => Math.min(at + 1, items.length - 1));
    if (key.name === 'up' || key.name === 'shift-tab') return setFocused((at) => Math.max(at - 1, 0));
    const lettered = items.find(({ letter }) => letter === key.name);
    if (lettered === undefined) return setSaid(`${key.name} is no verb of this menu`);
    choose(lettered);
  });

  const lines: Spans[] = items.map((item, index) => menuLine(item, index === focused));
  const foot: Spans = {
    text: said ?? '⏎ or the letter chooses · esc leaves',
    tone: said === null ? 'dim' : 'caution',
  };
  const wanted = Math.max(46, ...lines.map(spansWidth), spansWidth(foot));
  return (
    <Dialog
      title={title}
      tone="focus"
      lines={[...lines, '', foot]}
      room={room}
      innerWidth={innerWidthIn(room, wanted)}
    />
  );
}

function menuLine(item: ActMenuItem, isFocused: boolean): Span[] {
  const isBlocked = item.blocked !== undefined;
  return [
    { text: isFocused ? '▌ ' : '  ', tone: 'focus' },
    { text: `${item.letter}  `, tone: isBlocked ? 'dim' : 'focus' },
    { text: item.label, tone: isBlocked ? 'dim' : (item.tone ?? 'plain'), bold: isFocused },
    { text: `  ${item.blocked ?? item.hint ?? ''}`, tone: 'dim' },
  ];
}
