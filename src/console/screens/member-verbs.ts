// What one can do about a member, behind the danger ladder; what the role forbids is absent.
import {
  endSessions,
  reinstateMember,
  removeMember,
  resendInvitation,
  suspendMember,
  updateMember,
  type Member,
} from '../../protocol/api/members.ts';
import { roles, type Role } from '../../protocol/permission.ts';
import type { ActMenuItem } from '../components/act-menu.tsx';
import type { Console } from './console-context.ts';

type Screen = Pick<Console, 'lookAs' | 'session' | 'confirm' | 'may' | 'copy' | 'openMenu'>;

/** A member as every screen has them; addresses are not told to all. */
export type TeamRow = Omit<Member, 'email'>;

/** `lookAgain` is for who shows an answer of its own. Mildest first; looking changes nothing and is open to everybody who sees the member. */
export function memberVerbs(
  screen: Screen,
  member: TeamRow,
  lookAgain: () => void = () => {},
): readonly ActMenuItem[] {
  const look: ActMenuItem = {
    letter: 'v',
    label: 'Look as them',
    hint: 'what they reach, read-only; it stands on record',
    ...(member.you ? { blocked: 'these are your own eyes' } : {}),
    run: () => screen.lookAs(member.name),
  };
  return screen.may('members.view') ? [look, ...changingVerbs(screen, member, lookAgain)] : [];
}

function changingVerbs(screen: Screen, member: TeamRow, lookAgain: () => void): readonly ActMenuItem[] {
  if (!screen.may('members.manage')) return [];
  const own = member.you ? { blocked: 'somebody else must change you' } : {};
  const params = { id: member.id };
  const done = (text: string) => {
    screen.session.notify({ tone: 'good', text });
    lookAgain();
  };
  const ask = (
    title: string,
    consequence: string,
    more: { verb: string; typeName?: string; tone: 'caution' | 'danger' },
    go: () => Promise<void>,
  ) => screen.confirm({ title, consequence: [consequence], ...more, onConfirm: go });
  return [
    {
      letter: 'r',
      label: 'Role…',
      hint: `is ${member.role}`,
      ...own,
      run: () => screen.openMenu(`Role of ${member.name}`, roleItems(member, ask, screen, done)),
    },
    {
      letter: 'i',
      label: 'Fresh invitation code',
      hint: 'the one before ends; copied, shown nowhere',
      ...invitable(member),
      run: () => {
        screen.session.call(resendInvitation, { params }).then(
          ({ code }) => screen.copy(code, `the code for ${member.name}; login --invite takes it`),
          (error: unknown) => screen.session.notifyFailure(error),
        );
      },
    },
    {
      letter: 'e',
      label: 'End sessions…',
      hint: 'revokes their tokens',
      tone: 'caution',
      ...own,
      run: () =>
        ask(
          `End the sessions of ${member.name}`,
          'Every token ends. They come back by a fresh invitation code, under i.',
          { verb: 'End them', tone: 'caution' },
          async () => {
            await screen.session.call(endSessions, { params });
            done(`${member.name} has no session any more`);
          },
        ),
    },
    member.state === 'suspended'
      ? {
          letter: 's',
          label: 'Reinstate…',
          hint: 'lets them sign in again',
          ...own,
          run: () =>
            ask(
              `Reinstate ${member.name}`,
              'They reach what they had before. Their tokens have ended: give them a fresh code, under i.',
              { verb: 'Reinstate', tone: 'caution' },
              async () => {
                await screen.session.call(reinstateMember, { params });
                done(`${member.name} is back`);
              },
            ),
        }
      : {
          letter: 's',
          label: 'Suspend…',
          hint: 'ends their sessions and lets none begin',
          tone: 'danger',
          ...own,
          run: () =>
            ask(
              `Suspend ${member.name}`,
              'Their sessions end at once and none can begin until they are reinstated. What they did stays on record.',
              { verb: 'Suspend', tone: 'danger' },
              async () => {
                await screen.session.call(suspendMember, { params });
                done(`${member.name} is suspended`);
              },
            ),
        },
    {
      letter: 'x',
      label: 'Remove…',
      hint: 'for good',
      tone: 'danger',
      ...own,
      run: () =>
        ask(
          `Remove ${member.name}`,
          'They are no member any more and every token ends. What they did stays on record.',
          { verb: 'Remove', typeName: member.name, tone: 'danger' },
          async () => {
            await screen.session.call(removeMember, { params });
            done(`${member.name} is removed`);
          },
        ),
    },
  ];
}

function invitable(member: TeamRow): { blocked?: string } {
  if (member.state === 'suspended') return { blocked: 'is suspended: reinstate first' };
  return member.tokens > 0 ? { blocked: 'has a session: end it first' } : {};
}

function roleItems(
  member: TeamRow,
  ask: (
    title: string,
    consequence: string,
    more: { verb: string; tone: 'caution' },
    go: () => Promise<void>,
  ) => void,
  { session }: Screen,
  done: (text: string) => void,
): ActMenuItem[] {
  const letters: Record<Role, string> = { viewer: 'v', operator: 'o', admin: 'a', owner: 'w' };
  return roles.toReversed().map((role) => ({
    letter: letters[role],
    label: role,
    ...(role === member.role ? { blocked: 'is so already' } : {}),
    run: () =>
      ask(
        `Make ${member.name} ${role}`,
        `They are ${member.role} now. Their open consoles begin anew with what a ${role} may.`,
        { verb: `Make ${role}`, tone: 'caution' },
        async () => {
          await session.call(updateMember, { params: { id: member.id }, body: { role } });
          done(`${member.name} is ${role}`);
        },
      ),
  }));
}
