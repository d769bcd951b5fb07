// What of a topic a role may not see, whatever it reaches.
import type { StreamEvent } from '../../protocol/events.ts';
import { may } from '../../protocol/permission.ts';
import type { Caller } from '../http/bound-route.ts';

/** Everybody sees their own tokens; those of others who manages tokens. */
export function maySee({ memberId, role }: Caller, event: StreamEvent): boolean {
  return !('token' in event) || event.token.member_id === memberId || may(role, 'tokens.manage');
}
