// Names of members for the command line: asked for once, when somebody is about to type.
import { listMembers } from '../../protocol/api/members.ts';
import type { Session } from '../store/session.ts';

/** Without them nothing is completed, and nothing else is lost. */
export function learnMembers({ store, call }: Session): void {
  const { me, memberNames } = store.getState();
  if (memberNames.length > 0 || me?.permissions.includes('members.view') !== true) return;
  call(listMembers).then(
    ({ items }) => store.setState({ memberNames: items.map(({ name }) => name) }),
    () => {},
  );
}
