// The part of the catalogue of refusals that is about who belongs to an account, what they reach, and how they
// sign in.
import type { RefusalEntry } from './refusal-entry.ts';

export const memberRefusals = {
  last_owner: {
    status: 409,
    sentence: 'Cannot do this: it is the last owner of the account',
    fix: 'Make somebody else an owner first',
  },
  cannot_modify_self: {
    status: 403,
    sentence: 'Cannot change your own role, access or membership',
    fix: 'Ask another owner or admin',
  },
  runner_access_exceeds_subject: {
    status: 403,
    sentence: 'Cannot give access that you do not have yourself',
    fix: 'Name only groups, runners and packs that you reach',
  },
  member_runner_access_exceeds_subject: {
    status: 403,
    sentence: 'Cannot change a member who reaches more than you do',
    fix: 'Ask somebody whose access is as wide',
  },
  member_exists: {
    status: 409,
    sentence: 'Cannot invite: a member has this name already',
    fix: 'Choose another name, or change the member that is there',
  },
  device_code_invalid: {
    status: 401,
    sentence: 'Cannot sign in: the code of this device has expired or was used',
    fix: 'Start again: emisar-console login --device',
  },
  device_denied: {
    status: 403,
    sentence: 'Cannot sign in: somebody denied this device',
    fix: 'Ask who denied it, then start again: emisar-console login --device',
  },
  invitation_invalid: {
    status: 401,
    sentence: 'Cannot accept: the invitation code is wrong, used or expired',
    fix: 'Ask for a fresh one: emisar-console members resend NAME',
  },
  unrestricted_access_required: {
    status: 403,
    sentence: 'Cannot do this: it needs access to every runner',
    fix: 'Ask somebody whose runner access is unrestricted; a key lets a host join any group',
    fault: 'dispatch.scope',
  },
  acting_as_read_only: {
    status: 403,
    sentence: 'Cannot change anything while looking as another member',
    fix: 'Ask again as yourself, without --as (header Emisar-As)',
  },
} as const satisfies Record<string, RefusalEntry>;
