// What a person sees who is not signed in anywhere: sign in, or start a fleet of one here.
import { Box, useApp, useWindowSize } from 'ink';
import { useState } from 'react';
import { HeaderLine, KeyLine } from '../components/frame-lines.tsx';
import { Line, Rule } from '../components/line.tsx';
import type { FailureWords } from '../components/states.tsx';
import { bottomHints } from '../keymap/hints.ts';
import { useActiveCommands, useCommands, useKeyTable } from '../keymap/use-keys.ts';
import type { Spans } from '../theme/span.ts';
import { SignInForm, type SignInWish } from './sign-in-form.tsx';

const CHROME_LINES = 3;

export interface FirstScreenProps {
  /** Signs in and stores the profile; the screen ends with it. */
  readonly signIn: (wish: SignInWish) => Promise<void>;
  readonly startLocal: () => void;
  readonly failureOf: (error: unknown) => FailureWords;
}

export function FirstScreen({ signIn, startLocal, failureOf }: FirstScreenProps) {
  const { exit } = useApp();
  const { columns, rows } = useWindowSize();
  const [isSigningIn, setSigningIn] = useState(false);
  const room = { width: columns, height: Math.max(1, rows - CHROME_LINES) };
  useCommands(
    {
      'first.sign_in': isSigningIn ? undefined : () => setSigningIn(true),
      'first.local': isSigningIn ? undefined : startLocal,
      'app.back': () => (isSigningIn ? setSigningIn(false) : exit()),
      'app.quit': () => exit(),
    },
    'frame',
  );
  const table = useKeyTable();
  const active = useActiveCommands();
  return (
    <Box flexDirection="column" width={columns} height={rows} overflowY="hidden">
      <HeaderLine
        account=""
        role={null}
        as={null}
        readOnly={false}
        link={{ kind: 'none', since: 0, retryAt: null }}
        width={columns}
      />
      <Rule width={columns} />
      <Box flexDirection="column" height={room.height} overflowY="hidden">
        {isSigningIn ? (
          <SignInForm room={room} signIn={signIn} onLeave={() => setSigningIn(false)} failureOf={failureOf} />
        ) : (
          choiceLines.map((spans, index) => <Line key={index} spans={spans} width={columns} />)
        )}
      </Box>
      <KeyLine hints={bottomHints(table, active)} width={columns} />
    </Box>
  );
}

const choiceLines: readonly Spans[] = [
  '',
  { text: '   This console knows no control plane yet.', bold: true },
  '',
  [
    { text: '   s', tone: 'focus' },
    { text: '  Sign in to a control plane' },
    { text: '   with its URL and an operator token', tone: 'dim' },
  ],
  [
    { text: '   l', tone: 'focus' },
    { text: '  Start a fleet of one here ' },
    { text: '   all three programs; they end when you quit', tone: 'dim' },
  ],
  '',
  {
    text: '   The first token: emisar-cloud init --data-dir DIR, where the server runs.',
    tone: 'dim',
  },
  { text: '   Without a screen: emisar-console login --url URL --token-stdin', tone: 'dim' },
];
