// Every key that works now, read off the key table.
import { useState } from 'react';
import { Dialog, innerWidthIn, type DialogRoom } from '../components/dialog.tsx';
import { commands } from '../keymap/commands.ts';
import { helpSections } from '../keymap/hints.ts';
import { useActiveCommands, useCapture } from '../keymap/use-keys.ts';
import type { Spans } from '../theme/span.ts';

export function HelpOverlay({ room, onClose }: { room: DialogRoom; onClose: () => void }) {
  // As they were when help was opened: help itself takes every key.
  const active = useActiveCommands();
  const [sections] = useState(() => helpSections(commands, active));
  const [from, setFrom] = useState(0);
  const lines: Spans[] = sections.flatMap(({ title, hints }) => [
    { text: title, tone: 'title' as const },
    ...hints.map(({ keys, label }): Spans => [
      { text: `  ${keys.padEnd(12)}`, tone: 'focus' },
      { text: label },
    ]),
    '',
  ]);
  useCapture((key) => {
    if (key.name === 'down' || key.name === 'j')
      return setFrom(Math.min(from + 1, Math.max(0, lines.length - 3)));
    if (key.name === 'up' || key.name === 'k') return setFrom(Math.max(0, from - 1));
    onClose();
  });
  return (
    <Dialog
      title="Keys"
      tone="focus"
      lines={lines.slice(from)}
      room={room}
      innerWidth={innerWidthIn(room, 50)}
    />
  );
}
