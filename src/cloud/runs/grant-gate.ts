// Gate 14 of a dispatch (operator model A9): what policy holds back goes out when a standing grant of the token
// covers it. Here it is found; the use is counted where the run is made.
import { assignGrants } from '../../protocol/grant.ts';
import type { Intent, Verdict } from './gates.ts';
import type { RunParts } from './run-parts.ts';
import type { Sql } from './store.ts';

export async function admitByGrants(
  { grants }: RunParts,
  sql: Sql,
  { accountId, tokenId, actionId, args }: Intent,
  verdicts: readonly Verdict[],
): Promise<Verdict[]> {
  const isHeld = ({ passed }: Verdict) => passed?.policy.decision === 'require_approval';
  if (tokenId === null || !verdicts.some(isHeld)) return [...verdicts];
  const standing = await grants.standing(sql, { accountId, tokenId, actionId });
  if (standing.length === 0) return [...verdicts];
  const held = verdicts.filter(isHeld);
  const given = assignGrants(
    standing,
    held.flatMap(({ runnerId, passed }) => {
      if (!passed) return [];
      const { packId, packVersion, packHash } = passed.offer;
      const terms = passed.policy.approval;
      return { packId, packVersion, packHash, runnerId, argsSha256: args.sha256, terms };
    }),
  );
  const grantOf = new Map(held.map((verdict, index) => [verdict, given[index] ?? null]));
  return verdicts.map((verdict) => {
    const grant = grantOf.get(verdict);
    return grant ? { ...verdict, grantId: grant.id, refusal: null } : verdict;
  });
}
