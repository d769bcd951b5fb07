// Members of an account: who they are, what their role allows, which runners and packs they reach.
import { z } from 'zod';
import { Access } from '../access.ts';
import { EmailAddress } from '../member.ts';
import { Role } from '../permission.ts';
import { ById, Instant, MaybeInstant, Secret, route } from './route.ts';

export const memberStates = ['invited', 'active', 'suspended'] as const;

export const Member = z.object({
  id: z.string(),
  name: z.string(),
  role: Role,
  state: z.enum(memberStates),
  access: Access,
  created_at: Instant,
  /** When the invitation was accepted. */
  joined_at: MaybeInstant,
  last_active_at: MaybeInstant,
  tokens: z.number().int(),
  /** Where approvals are told to; null for nowhere, and for who may not see it. */
  email: z.string().nullable(),
  /** The one who asks. */
  you: z.boolean(),
});
export type Member = z.infer<typeof Member>;

const Name = z.string().trim().min(1).max(80);

export const listMembers = route({
  method: 'GET',
  path: '/members',
  permission: 'members.view',
  summary: 'Everybody of the account, by name',
  output: z.object({ items: z.array(Member) }),
});
export const getMember = route({
  method: 'GET',
  path: '/members/:id',
  permission: 'members.view',
  summary: 'One member, by id or exact name',
  params: ById,
  output: Member,
});

/** Nobody changes themselves, or somebody who may or reaches more than they do. */
const guarded = ['cannot_modify_self', 'last_owner', 'member_runner_access_exceeds_subject'] as const;

const Invited = z.object({
  member: Member,
  /** Shown this once; `login --invite` takes it. */
  code: Secret,
  expires_at: Instant,
});
export const inviteMember = route({
  method: 'POST',
  path: '/members',
  permission: 'members.manage',
  summary: 'Invites somebody; without an access they reach nothing at first',
  refusals: ['member_exists', 'runner_access_exceeds_subject'],
  body: z.object({ name: Name, role: Role, access: Access.optional() }),
  output: Invited,
  status: 201,
});
export const resendInvitation = route({
  method: 'POST',
  path: '/members/:id/resend-invite',
  permission: 'members.manage',
  summary: 'A fresh code for somebody who has no session; the one before ends',
  refusals: [...guarded, 'conflict'],
  params: ById,
  output: Invited,
});

const Reached = z.object({ id: z.string(), name: z.string(), group: z.string() });
export const AccessChange = z.object({
  runners_added: z.array(Reached),
  runners_removed: z.array(Reached),
  packs_added: z.array(z.string()),
  packs_removed: z.array(z.string()),
});
export type AccessChange = z.infer<typeof AccessChange>;

export const updateMember = route({
  method: 'PATCH',
  path: '/members/:id',
  permission: 'members.manage',
  summary: 'Changes role, access or e-mail; with dry_run only says what would be added and taken away',
  refusals: [...guarded, 'runner_access_exceeds_subject'],
  params: ById,
  body: z.object({
    role: Role.optional(),
    access: Access.optional(),
    email: EmailAddress.nullable().optional(),
    dry_run: z.boolean().optional(),
  }),
  output: z.object({ member: Member, change: AccessChange }),
});

export const updateMe = route({
  method: 'PATCH',
  path: '/me',
  permission: null,
  summary: 'Changes your own e-mail address; null for none',
  body: z.strictObject({ email: EmailAddress.nullable() }),
  output: Member,
});

const memberVerb = (verb: 'suspend' | 'reinstate' | 'end-sessions', summary: string) =>
  route({
    method: 'POST',
    path: `/members/:id/${verb}`,
    permission: 'members.manage',
    summary,
    refusals: guarded,
    params: ById,
    output: Member,
  });
export const suspendMember = memberVerb('suspend', 'Ends their sessions at once and lets none begin');
export const reinstateMember = memberVerb('reinstate', 'Lets a suspended member back');
export const endSessions = memberVerb('end-sessions', 'Revokes every token of the member');
export const removeMember = route({
  method: 'DELETE',
  path: '/members/:id',
  permission: 'members.manage',
  summary: 'Removes a member; what they did stays on record',
  refusals: guarded,
  params: ById,
  output: z.object({ removed: z.literal(true), id: z.string(), name: z.string() }),
});

/** Without a token: the code is the proof. */
export const acceptInvitation = route({
  method: 'POST',
  path: '/auth/invitation',
  permission: null,
  summary: 'Turns an invitation code into a first operator token, once',
  refusals: ['invitation_invalid', 'account_disabled'],
  body: z.object({ code: z.string().min(1).max(128), token_name: Name.default('first sign-in') }),
  output: z.object({ secret: Secret, member: z.string(), account: z.string() }),
  status: 201,
});
