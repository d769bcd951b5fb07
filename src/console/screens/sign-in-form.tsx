// Where to sign in and with which token. The token is shown as dots and kept nowhere but in this form.
import { formText, type FormField, type FormState } from '../components/form-edit.ts';
import type { DialogRoom } from '../components/dialog.tsx';
import type { FailureWords } from '../components/states.tsx';
import { FormPage } from './form-page.tsx';

export interface SignInWish {
  readonly url: string;
  readonly token: string;
  /** Name of the profile; empty: account and host. */
  readonly name: string;
}

const fields: readonly FormField[] = [
  {
    name: 'url',
    label: 'server',
    kind: 'text',
    note: 'required',
    help: 'https://…, as the control plane calls itself; plain http only on this machine',
  },
  {
    name: 'token',
    kind: 'secret',
    note: 'required',
    help: 'An operator token: emisar-cloud init prints the first, tokens mint makes more',
  },
  {
    name: 'name',
    label: 'profile',
    kind: 'text',
    note: '',
    placeholder: 'account@host',
    help: 'What this sign-in is called here',
  },
];

interface SignInFormProps {
  readonly room: DialogRoom;
  /** Signs in, stores the profile and opens it; what it throws is shown and the form stays. */
  readonly signIn: (wish: SignInWish) => Promise<void>;
  readonly onLeave: () => void;
  readonly failureOf: (error: unknown) => FailureWords;
}

export function SignInForm({ room, signIn, onLeave, failureOf }: SignInFormProps) {
  const send = (state: FormState) => {
    const wish = {
      url: formText(state, 'url').trim(),
      token: formText(state, 'token').trim(),
      name: formText(state, 'name').trim(),
    };
    const missing = (['url', 'token'] as const).filter((name) => wish[name] === '');
    if (missing.length > 0) return Object.fromEntries(missing.map((name) => [name, 'it is needed']));
    return () => signIn(wish);
  };
  return (
    <FormPage
      name="sign-in"
      fields={fields}
      head="The token is checked first and then kept in a file that only you can read."
      button="Sign in"
      verb="signs in"
      room={room}
      send={send}
      onLeave={onLeave}
      failureOf={failureOf}
    />
  );
}
