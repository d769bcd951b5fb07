// A further token of one's own: the form, and after it the secret, once. It lives in this screen's state alone.
import { useState } from 'react';
import { mintToken, type OperatorToken } from '../../protocol/api/session.ts';
import { Line } from '../components/line.tsx';
import { Empty } from '../components/states.tsx';
import { useNow } from '../components/tick.tsx';
import { accessText } from '../format/access.ts';
import { instant } from '../format/time.ts';
import { useCommands } from '../keymap/use-keys.ts';
import type { Spans } from '../theme/span.ts';
import { useConsole, useConsoleState, useTopic } from './console-context.ts';
import { FormPage } from './form-page.tsx';
import { useLeaveGuard } from './mint-leave.ts';
import { createFresh } from '../files/fresh-file.ts';
import { ScreenFrame } from './screen-frame.tsx';
import { tokenFields, tokenWish } from './token-wish.ts';

interface Minted {
  readonly token: OperatorToken;
  readonly secret: string;
}

export function TokenMintScreen() {
  const { session, may, room, back, failureOf } = useConsole();
  useTopic('fleet');
  const runners = useConsoleState((state) => state.runners);
  const me = useConsoleState((state) => state.me);
  const [minted, setMinted] = useState<Minted | null>(null);
  if (minted !== null) return <MintedToken {...minted} />;
  return (
    <ScreenFrame crumbs={['Tokens', 'mint']}>
      {me !== null && !may('tokens.own') ? (
        <Empty
          text="You may not mint tokens"
          hint={{ text: 'Read-only mode or looking as somebody else does not allow it', tone: 'dim' }}
          {...room}
        />
      ) : (
        <FormPage
          name="token-mint"
          fields={tokenFields}
          head="It speaks for you. The secret is shown once, on the next screen."
          button="Mint the token"
          verb="mints"
          room={room}
          onLeave={back}
          failureOf={failureOf}
          send={(state) => {
            const wish = tokenWish(state, runners);
            if ('errors' in wish) return wish.errors;
            return async () => setMinted(await session.call(mintToken, { body: wish.body }));
          }}
        />
      )}
    </ScreenFrame>
  );
}

function MintedToken({ token, secret }: Minted) {
  const { session, room, copy, timeMode } = useConsole();
  const [isKept, setKept] = useState(false);
  const now = useNow();
  useLeaveGuard(isKept ? 0 : 1, 'token');
  const write = () => {
    writeToken(secret, process.cwd()).then(
      (path) => {
        setKept(true);
        session.notify({ tone: 'good', text: `Wrote the token to ${path}, readable by you alone` });
      },
      (error: unknown) => session.notifyFailure(error),
    );
  };
  useCommands({
    'item.copy': () => {
      copy(secret, 'the token');
      setKept(true);
    },
    'token.write': write,
  });
  const expiry =
    token.expires_at === null ? 'never expires' : `expires ${instant(token.expires_at, timeMode, now)}`;
  const reach = token.scope === null ? 'what you reach' : accessText(token.scope);
  const lines: Spans[] = [
    '',
    [{ text: `   ${secret}`, bold: true }],
    '',
    isKept
      ? { text: '   ✓ nothing is lost when you leave', tone: 'dim' }
      : [
          { text: '   ! shown here only  ', tone: 'caution' },
          { text: 'y copies it, w writes a file (0600)', tone: 'dim' },
        ],
    '',
    [{ text: '   reaches   ', tone: 'dim' }, { text: reach }],
    '',
    { text: '   on the other machine', tone: 'dim' },
    `     emisar-console login --url ${session.profile.url} --token-stdin`,
    { text: '   in a script', tone: 'dim' },
    `     EMISAR_CONSOLE_URL=${session.profile.url} EMISAR_TOKEN=… emisar-console runs list`,
  ];
  return (
    <ScreenFrame crumbs={['Tokens', token.name]} right={{ text: expiry, tone: 'dim' }}>
      {lines.slice(0, room.height).map((spans, index) => (
        <Line key={index} spans={spans} width={room.width} />
      ))}
    </ScreenFrame>
  );
}

/** Never overwrites; the file is 0600 from its first byte on. Answers its path. */
async function writeToken(secret: string, directory: string): Promise<string> {
  const { file, path } = await createFresh(directory, 'emisar-token', 'txt');
  try {
    await file.writeFile(`${secret}\n`);
  } finally {
    await file.close();
  }
  return path;
}
