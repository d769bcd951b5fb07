// The four risks an action may declare, mildest first.
import { z } from 'zod';

export const risks = ['low', 'medium', 'high', 'critical'] as const;
export const Risk = z.enum(risks);
export type Risk = z.infer<typeof Risk>;

/** Position in the order low < medium < high < critical. */
export function riskRank(risk: Risk): number {
  return risks.indexOf(risk);
}
