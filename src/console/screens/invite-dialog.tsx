// Invites somebody: a name and a role in, a code out that is shown this once.
import { useState } from 'react';
import { inviteMember } from '../../protocol/api/members.ts';
import { roles } from '../../protocol/permission.ts';
import { Dialog, innerWidthIn, type DialogRoom } from '../components/dialog.tsx';
import { failureSpans, type FailureWords } from '../components/states.tsx';
import { editKey, editOf, insertText, textOf } from '../components/text-edit.ts';
import { editSpans } from '../components/text-line.tsx';
import { wrap } from '../format/width.ts';
import { useCapture } from '../keymap/use-keys.ts';
import type { Spans } from '../theme/span.ts';
import { useConsole } from './console-context.ts';

const choices = roles.toReversed();

export function InviteDialog({ room, onClose }: { room: DialogRoom; onClose: () => void }) {
  const { session, failureOf, copy } = useConsole();
  const [edit, setEdit] = useState(() => editOf(''));
  const [role, setRole] = useState(choices.indexOf('operator'));
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<FailureWords | null>(null);
  const [code, setCode] = useState<string | null>(null);
  const name = textOf(edit).trim();
  const wanted = choices[role] ?? 'viewer';
  const send = () => {
    if (name === '') return;
    setBusy(true);
    session.call(inviteMember, { body: { name, role: wanted } }).then(
      (sent) => setCode(sent.code),
      (error: unknown) => {
        setFailure(failureOf(error));
        setBusy(false);
      },
    );
  };
  useCapture(
    (key) => {
      if (code !== null) {
        if (key.name === 'y') copy(code, `the code for ${name}`);
        if (['esc', 'q', 'enter'].includes(key.name)) onClose();
        return;
      }
      if (busy) return;
      if (key.name === 'esc') return onClose();
      if (key.name === 'enter') return send();
      if (key.name === 'tab') return setRole((at) => (at + 1) % choices.length);
      if (key.name === 'shift-tab') return setRole((at) => (at + choices.length - 1) % choices.length);
      const next = editKey(edit, key);
      if (next !== null) setEdit(next);
    },
    (text) => {
      if (!busy && code === null) setEdit(insertText(edit, text));
    },
  );
  const innerWidth = innerWidthIn(room, 78);
  const lines: Spans[] =
    code === null
      ? [
          [{ text: 'name  ', tone: 'focus' }, ...editSpans(edit, innerWidth - 7)],
          [
            { text: 'role  ', tone: 'focus' },
            { text: `‹ ${wanted} ›`, bold: true },
            { text: '  tab for the next', tone: 'dim' },
          ],
          '',
          { text: 'They reach no runner until somebody gives them some.', tone: 'dim' },
          ...(failure === null ? [] : ['', ...failureSpans(failure, innerWidth)]),
          '',
          { text: busy ? '◌ asking the server…' : '⏎ invites · esc leaves', tone: 'dim' },
        ]
      : [
          ...wrap(
            `${name} types  emisar-console login --url ${session.profile.url} --invite  and gives it:`,
            innerWidth,
          ),
          '',
          { text: code, bold: true },
          '',
          { text: '! shown here only, valid for a week and one use', tone: 'caution' },
          { text: 'y copies · esc forgets it', tone: 'dim' },
        ];
  return <Dialog title="Invite a member" tone="focus" lines={lines} room={room} innerWidth={innerWidth} />;
}
