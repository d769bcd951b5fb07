// Every key that works now, read off the key table.
import { useState } from 'react';
import type { DialogRoom } from '../components/dialog.tsx';
import { ScrolledDialog } from '../components/scrolled-dialog.tsx';
import { helpSections } from '../keymap/hints.ts';
import { useActiveCommands, useKeyTable } from '../keymap/use-keys.ts';
import type { Spans } from '../theme/span.ts';

export function HelpOverlay({ room, onClose }: { room: DialogRoom; onClose: () => void }) {
  // As they were when help was opened: help itself takes every key.
  const active = useActiveCommands();
  const table = useKeyTable();
  const [sections] = useState(() => helpSections(table, active));
  const lines = sections.flatMap(({ title, hints }, index): Spans[] => [
    ...(index === 0 ? [] : ['']),
    { text: title, tone: 'title' as const },
    ...hints.map(({ keys, label }): Spans => [
      { text: `  ${keys.padEnd(12)}`, tone: 'focus' },
      { text: label },
    ]),
  ]);
  return <ScrolledDialog title="Keys" lines={lines} room={room} width={50} onClose={onClose} />;
}
