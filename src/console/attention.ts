// Calls the operator for what is new: by the bell or the desktop, and in words on the screen.
import { useEffect } from 'react';
import type { Topic } from '../protocol/events.ts';
import type { Permission } from '../protocol/permission.ts';
import type { BellWay } from './console-settings.ts';
import { useSettings } from './settings-frame.tsx';
import { attentionOf, createCoolDown, type Attention } from './store/attention.ts';
import type { Session } from './store/session.ts';

/** How a call reaches the person. */
export type Call = (way: BellWay, text: string) => void;

const watched: readonly (readonly [Topic, Permission])[] = [
  ['runs', 'runs.view'],
  ['approvals', 'approvals.view'],
  ['packs', 'packs.view'],
];

/** `permissions`, with spaces, are empty until it is known who is asking; what may not be read is not watched. */
export function useAttention(
  session: Session,
  permissions: string,
  { now, call }: { readonly now: () => number; readonly call: Call },
): void {
  const { bell } = useSettings().settings;
  useEffect(() => {
    const granted = permissions.split(' ');
    const stops = watched
      .filter(([, permission]) => granted.includes(permission))
      .map(([topic]) => session.watch(topic));
    return () => stops.forEach((stop) => stop());
  }, [session, permissions]);
  useEffect(() => {
    if (bell === 'off') return;
    const mayCall = createCoolDown(now);
    return session.onEvent((before, event) => {
      const attention = attentionOf(before, event);
      if (attention === null || !mayCall(attention.kind)) return;
      call(bell, `emisar: ${attention.text}`);
      // The event itself is not in the store yet, and a notice must not be part of the same change.
      queueMicrotask(() => session.notify(noticeOf(attention)));
    });
  }, [session, bell, now, call]);
}

function noticeOf({ kind, text, place }: Attention): Parameters<Session['notify']>[0] {
  return { tone: kind === 'failure' ? 'danger' : 'caution', text, fix: place };
}
