// Every key that works now, read off the key table.
import { useState } from 'react';
import { Dialog, innerWidthIn, type DialogRoom } from '../components/dialog.tsx';
import { helpSections } from '../keymap/hints.ts';
import { useActiveCommands, useCapture, useKeyTable } from '../keymap/use-keys.ts';
import type { Spans } from '../theme/span.ts';

export function HelpOverlay({ room, onClose }: { room: DialogRoom; onClose: () => void }) {
  // As they were when help was opened: help itself takes every key.
  const active = useActiveCommands();
  const table = useKeyTable();
  const [sections] = useState(() => helpSections(table, active));
  const [from, setFrom] = useState(0);
  const lines: Spans[] = sections.flatMap(({ title, hints }) => [
    { text: title, tone: 'title' as const },
    ...hints.map(({ keys, label }): Spans => [
      { text: `  ${keys.padEnd(12)}`, tone: 'focus' },
      { text: label },
    ]),
    '',
  ]);
  const shown = Math.max(1, room.height - 4);
  const last = Math.max(0, lines.length - 1 - shown);
  useCapture((key) => {
    const step = { down: 1, j: 1, pgdn: shown, space: shown, up: -1, k: -1, pgup: -shown }[key.name];
    if (step === undefined) return onClose();
    setFrom(Math.max(0, Math.min(from + step, last)));
  });
  const foot: Spans = {
    text: last > 0 ? 'j k pgdn pgup scroll · any other key leaves' : 'any key leaves',
    tone: 'dim',
  };
  return (
    <Dialog
      title="Keys"
      tone="focus"
      lines={[...lines.slice(from, from + shown), foot]}
      room={room}
      innerWidth={innerWidthIn(room, 50)}
    />
  );
}
