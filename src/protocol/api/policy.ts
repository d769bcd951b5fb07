// Policy: the rules of the account, and those that one group or one runner has instead.
import { z } from 'zod';
import { PolicyDecision, PolicyRules } from '../policy.ts';
import { Risk } from '../risk.ts';
import { Instant, MaybeInstant, route } from './route.ts';

const ScopeKind = z.enum(['account', 'group', 'runner']);

export const PolicyScope = z.object({
  kind: ScopeKind,
  /** The group's name or the runner's id; null for the account. */
  ref: z.string().nullable(),
  /** As people call it: `account`, the group's name, the runner's name. */
  name: z.string(),
});
export type PolicyScope = z.infer<typeof PolicyScope>;

export const PolicyDocument = z.object({
  scope: PolicyScope,
  /** Rises with every edit of any scope and is stamped on runs; 0 while the scope has no rules of its own. */
  version: z.number().int(),
  /** Null when the scope has none, or when they cannot be read: then everything is denied. */
  rules: PolicyRules.nullable(),
  updated_at: MaybeInstant,
  updated_by: z.string().nullable(),
});
export type PolicyDocument = z.infer<typeof PolicyDocument>;

export const PolicyScopeEntry = z.object({
  scope: PolicyScope,
  version: z.number().int(),
  updated_at: Instant,
});
export type PolicyScopeEntry = z.infer<typeof PolicyScopeEntry>;

export const AccountPolicy = PolicyDocument.extend({
  /** Groups and runners in reach that have rules of their own. */
  scopes: z.array(PolicyScopeEntry),
});
export type AccountPolicy = z.infer<typeof AccountPolicy>;

/** The version that was looked at; `If-Match: "N"` says the same. 0 for a scope without rules. */
const expected_version = z.number().int().min(0).optional();

export const PolicyEdit = z.strictObject({ rules: PolicyRules, expected_version });
export type PolicyEdit = z.input<typeof PolicyEdit>;

const ByGroup = z.object({ group: z.string().min(1).max(80) });
/** Id or name. */
const ByRunner = z.object({ runner: z.string().min(1).max(128) });
const ExpectedVersion = z.object({ expected_version: z.coerce.number().int().min(0).optional() });
const Deleted = z.object({ deleted: z.literal(true), scope: PolicyScope });

const versioned = ['conflict'] as const;
const versionedOfRunner = ['conflict', 'runner_not_found'] as const;

export const getPolicy = route({
  method: 'GET',
  path: '/policy',
  permission: 'policy.view',
  summary: 'The rules of the account, and which groups and runners have their own',
  output: AccountPolicy,
});
export const putPolicy = route({
  method: 'PUT',
  path: '/policy',
  permission: 'policy.edit',
  summary: 'Replaces the rules of the account, if they still are what was looked at',
  body: PolicyEdit,
  refusals: versioned,
  output: PolicyDocument,
});
export const getGroupPolicy = route({
  method: 'GET',
  path: '/policy/groups/:group',
  permission: 'policy.view',
  summary: 'The rules that a group has instead of those of the account',
  params: ByGroup,
  output: PolicyDocument,
});
export const putGroupPolicy = route({
  method: 'PUT',
  path: '/policy/groups/:group',
  permission: 'policy.edit',
  summary: 'Gives a group rules of its own, in place of those of the account',
  params: ByGroup,
  refusals: versioned,
  body: PolicyEdit,
  output: PolicyDocument,
});
export const deleteGroupPolicy = route({
  method: 'DELETE',
  path: '/policy/groups/:group',
  permission: 'policy.edit',
  summary: 'Takes the rules of a group away; those of the account hold again',
  params: ByGroup,
  refusals: versioned,
  query: ExpectedVersion,
  output: Deleted,
});
export const getRunnerPolicy = route({
  method: 'GET',
  path: '/policy/runners/:runner',
  permission: 'policy.view',
  summary: 'The rules that a runner has instead of those of its group and the account',
  refusals: ['runner_not_found'],
  params: ByRunner,
  output: PolicyDocument,
});
export const putRunnerPolicy = route({
  method: 'PUT',
  path: '/policy/runners/:runner',
  permission: 'policy.edit',
  summary: 'Gives a runner rules of its own, in place of all others',
  params: ByRunner,
  refusals: versionedOfRunner,
  body: PolicyEdit,
  output: PolicyDocument,
});
export const deleteRunnerPolicy = route({
  method: 'DELETE',
  path: '/policy/runners/:runner',
  permission: 'policy.edit',
  summary: 'Takes the rules of a runner away; those of its group or the account hold again',
  params: ByRunner,
  refusals: versionedOfRunner,
  query: ExpectedVersion,
  output: Deleted,
});

export const PolicySimulation = z.object({
  known_actions: z.number().int(),
  decisions: z.array(
    z.object({ decision: PolicyDecision, count: z.number().int(), examples: z.array(z.string()) }),
  ),
  warnings: z.array(
    z.object({
      kind: z.enum(['shadowed', 'matches_nothing']),
      override: z.number().int(),
      name: z.string(),
      sentence: z.string(),
    }),
  ),
});
export type PolicySimulation = z.infer<typeof PolicySimulation>;

export const simulatePolicy = route({
  method: 'POST',
  path: '/policy/simulate',
  permission: 'policy.view',
  summary: 'What rules would do to the actions that runners have; stores nothing',
  body: z.strictObject({ rules: PolicyRules }),
  output: PolicySimulation,
});

export const PolicyResolution = z.object({
  runner_id: z.string(),
  runner_name: z.string(),
  action_id: z.string(),
  risk: Risk,
  decision: PolicyDecision,
  /** Name of the override, `defaults.<risk>`, or `missing`. */
  rule: z.string(),
  scope: PolicyScope,
  version: z.number().int(),
  min_approvals: z.number().int(),
  allow_self_approval: z.boolean(),
});
export type PolicyResolution = z.infer<typeof PolicyResolution>;

export const resolvePolicy = route({
  method: 'GET',
  path: '/policy/resolve',
  permission: 'policy.view',
  summary: 'What policy says of one action on one runner, and which rule says it',
  refusals: ['runner_not_found', 'action_not_found'],
  query: z.object({ runner: z.string().min(1).max(128), action: z.string().min(1).max(128) }),
  output: PolicyResolution,
});
