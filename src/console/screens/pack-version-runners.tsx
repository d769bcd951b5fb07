// Who advertises a pack version, with which bytes. Enter opens the runner.
import { useState } from 'react';
import type { PackVersionDetail } from '../../protocol/api/packs.ts';
import { Dialog, innerWidthIn } from '../components/dialog.tsx';
import { shortHash } from '../format/amount.ts';
import { fit } from '../format/width.ts';
import { useCapture } from '../keymap/use-keys.ts';
import type { Spans } from '../theme/span.ts';
import { useConsole } from './console-context.ts';
import { versionName } from './pack-version-decide.ts';

export function RunnersDialog({ version, onClose }: { version: PackVersionDetail; onClose: () => void }) {
  const { room, go } = useConsole();
  const { runners } = version;
  const [at, setAt] = useState(0);
  useCapture((key) => {
    if (['esc', 'q', 'o'].includes(key.name)) return onClose();
    if (['down', 'j', 'tab'].includes(key.name)) return setAt((now) => Math.min(now + 1, runners.length - 1));
    if (['up', 'k', 'shift-tab'].includes(key.name)) return setAt((now) => Math.max(now - 1, 0));
    const chosen = runners[at];
    if (key.name !== 'enter' || chosen === undefined) return;
    onClose();
    go({ screen: 'runner', id: chosen.id });
  });
  const height = Math.max(3, Math.min(runners.length, room.height - 6));
  const from = Math.max(0, Math.min(at - Math.floor(height / 2), runners.length - height));
  const lines = runners.slice(from, from + height).map((runner, index): Spans => {
    const isWaiting = runner.hash === version.pending_hash;
    return [
      { text: from + index === at ? '▌ ' : '  ', tone: 'focus' },
      { text: fit(runner.name, 24) },
      { text: `  ${fit(runner.group, 14)}  `, tone: 'dim' },
      { text: shortHash(runner.hash), tone: isWaiting ? 'caution' : 'dim' },
    ];
  });
  const foot: Spans = { text: '⏎ open the runner · esc leaves', tone: 'dim' };
  const title = `Runners with ${versionName(version)}`;
  return (
    <Dialog
      title={title}
      tone="focus"
      lines={[...lines, '', foot]}
      room={room}
      innerWidth={innerWidthIn(room, 72)}
    />
  );
}
