// Which actions this host admits at all, whatever the control plane says.
import type { Risk } from '../../protocol/risk.ts';

export interface AdmissionRules {
  /** Shell globs over action ids; empty admits every id. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly maxRisk?: Risk;
}
