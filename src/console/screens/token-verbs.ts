// What one can do about a token: end it.
import { revokeToken, type OperatorToken } from '../../protocol/api/session.ts';
import type { ActMenuItem } from '../components/act-menu.tsx';
import { tokenState } from '../store/tokens.ts';
import { tokenTokens } from '../theme/tokens.ts';
import type { Console } from './console-context.ts';

type Screen = Pick<Console, 'session' | 'confirm' | 'may' | 'now'>;

export function tokenVerbs(screen: Screen, token: OperatorToken): ActMenuItem[] {
  const { session, may, confirm, now } = screen;
  if (!may('tokens.own')) return [];
  const state = tokenState(token, now());
  const isOver = state === 'revoked' || state === 'expired';
  return [
    {
      letter: 'x',
      label: 'Revoke…',
      hint: token.current ? 'it is the one in use here' : 'whoever holds it is out at once',
      tone: token.current ? 'danger' : 'caution',
      ...(isOver ? { blocked: `nothing to revoke: it is ${tokenTokens[state].word}` } : {}),
      run: () =>
        confirm({
          title: `Revoke ${token.name}`,
          consequence: [
            token.current
              ? 'It is the token that this console uses: you are signed out at once, and need another token to come back.'
              : `Every console and script that uses it is out at once. ${token.member_name} keeps all other tokens.`,
          ],
          facts: [{ text: `${token.prefix}…  of ${token.member_name}`, tone: 'dim' }],
          verb: 'Revoke',
          // Only shutting oneself out cannot be mended from here.
          typeName: token.current ? token.name : undefined,
          tone: token.current ? 'danger' : 'caution',
          onConfirm: async () => {
            await session.call(revokeToken, { params: { id: token.id } });
            session.notify({ tone: 'good', text: `${token.name} is revoked` });
          },
        }),
    },
  ];
}
