// The signature gate as the engine has it: the rules of this moment, the record of used attestations, and a
// refusal in the words of the other gates. What is judged, and in which order, is signature.ts's.
import type { Clock } from '../clock.ts';
import type { GateRefusal } from './gates.ts';
import type { NonceStore } from './nonce-store.ts';
import { judgeSignature, signatureRefusals, type SignatureRules } from './signature.ts';

/** What is signed of a dispatch, and what must not come beside it. */
export interface SignedDispatch {
  readonly actionId: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly argsText?: string;
  readonly packRef?: string;
  readonly operationId?: string;
  readonly reason: string;
  readonly opts?: object;
  readonly attestation?: unknown;
}

export interface SignatureGate {
  /** Null when the dispatch may go on to the next gate. */
  judge(dispatch: SignedDispatch): Promise<GateRefusal | null>;
}

export class EnforcedSignatures implements SignatureGate {
  readonly #nonces: NonceStore;
  readonly #clock: Clock;
  #rules: SignatureRules;

  constructor(rules: SignatureRules, nonces: NonceStore, clock: Clock) {
    this.#rules = rules;
    this.#nonces = nonces;
    this.#clock = clock;
  }

  /** Whom this host believes from now on; what was judged before stays judged. */
  replaceRules(change: Pick<SignatureRules, 'authorities' | 'maxAgeMs'>): void {
    this.#rules = { ...this.#rules, ...change };
  }

  async judge(dispatch: SignedDispatch): Promise<GateRefusal | null> {
    const facts = {
      actionId: dispatch.actionId,
      argsText: dispatch.argsText ?? JSON.stringify(dispatch.args),
      packRef: dispatch.packRef ?? '',
      operationId: dispatch.operationId ?? '',
      reason: dispatch.reason,
      hasOptions: Object.keys(dispatch.opts ?? {}).length > 0,
      attestation: dispatch.attestation,
    };
    const code = await judgeSignature(this.#rules, facts, this.#clock.now(), this.#nonces);
    if (code === null) return null;
    return {
      passed: false,
      status: 'signature_invalid',
      eventType: 'dispatch_refused',
      reason: code,
      detail: `${code}: ${signatureRefusals[code]}`,
    };
  }
}
