// Keys for new hosts: the form, and after it the secrets, once. They live in this screen's state alone.
import { useState } from 'react';
import { mintEnrollmentKeys, type MintedKey } from '../../protocol/api/enrollment-keys.ts';
import type { HostForm } from '../../protocol/host-forms.ts';
import type { FormState } from '../components/form-edit.ts';
import { focusedLines, formLines } from '../components/form-lines.ts';
import { Line } from '../components/line.tsx';
import { ScrolledLines } from '../components/scrolled-lines.tsx';
import { Empty, type FailureWords } from '../components/states.tsx';
import { useForm } from '../components/use-form.ts';
import type { Spans } from '../theme/span.ts';
import { useConsole, useConsoleState } from './console-context.ts';
import { MintedKeys } from './mint-result.tsx';
import { formTyped, mintFields, mintLabel, mintWish } from './mint-wish.ts';
import { ScreenFrame } from './screen-frame.tsx';
import { failureLines } from './form-page.tsx';

export function MintScreen() {
  const { may, room } = useConsole();
  const me = useConsoleState((state) => state.me);
  const [done, setDone] = useState<Done | null>(null);
  if (done !== null) return <MintedKeys {...done} />;
  if (me !== null && !may('enrollment_keys.mint')) {
    return (
      <ScreenFrame crumbs={['Keys', 'mint']}>
        <Empty
          text="You may not mint keys"
          hint={{ text: 'Your role or read-only mode does not allow it; ask an operator', tone: 'dim' }}
          {...room}
        />
      </ScreenFrame>
    );
  }
  return <MintForm onMinted={setDone} />;
}

interface Done {
  readonly minted: readonly MintedKey[];
  readonly firstForm: HostForm;
}

function MintForm({ onMinted }: { onMinted: (done: Done) => void }) {
  const { session, room, back, failureOf } = useConsole();
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const [failure, setFailure] = useState<FailureWords | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = (state: FormState) => {
    const wish = mintWish(state);
    setFailure(null);
    setErrors('errors' in wish ? wish.errors : {});
    if ('errors' in wish) {
      const first = mintFields.findIndex(({ name }) => Object.hasOwn(wish.errors, name));
      return form.set({ ...state, focus: first });
    }
    setBusy(true);
    session.call(mintEnrollmentKeys, { body: wish.body }).then(
      ({ items }) => onMinted({ minted: items, firstForm: formTyped(state) }),
      (error: unknown) => {
        setBusy(false);
        setFailure(failureOf(error));
      },
    );
  };
  const form = useForm({ name: 'mint', fields: mintFields, onSubmit: submit, onLeave: back, busy });
  const head: Spans[] = [
    {
      text: '   Each key enrolls one host. Secrets are shown once, on the next screen.',
      tone: 'dim',
    },
    ...(failure === null ? [] : failureLines(failure, room.width - 8)),
    '',
  ];
  const drawing = { fields: mintFields, state: form.state, errors, busy, width: room.width };
  const [from, to] = focusedLines(drawing);
  return (
    <ScreenFrame crumbs={['Keys', 'mint']}>
      <ScrolledLines
        lines={[...head, ...formLines({ ...drawing, button: mintLabel(form.state) })]}
        keep={failure !== null ? [0, head.length] : [head.length + from, head.length + to]}
        width={room.width}
        height={Math.max(1, room.height - 1)}
      />
      <Line
        spans={{
          text: ' ⏎ next · ↑ on the first line goes to the button · tab ↑ ↓ move · esc leaves',
          tone: 'dim',
        }}
        width={room.width}
      />
    </ScreenFrame>
  );
}
