// The rules of one scope as viewers are told of them.
import type { PolicyDocument } from '../../protocol/api/policy.ts';
import { Refusal } from '../../protocol/errors.ts';
import type { PolicyScopeKind } from '../../protocol/policy.ts';
import type { Scoped } from '../../protocol/scope.ts';
import type { Policy } from './policy.ts';

/** Null for a runner that was deleted meanwhile. */
export async function readTold(
  policy: Pick<Policy, 'document'>,
  asked: Scoped,
  { kind, ref }: { kind: PolicyScopeKind; ref: string },
): Promise<PolicyDocument | null> {
  const scope =
    kind === 'account' ? { kind } : kind === 'group' ? { kind, group: ref } : { kind, runner: ref };
  try {
    return await policy.document(asked, scope);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}
