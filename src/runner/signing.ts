// Enforced signatures in the daemon's life: opened with the nonce store, and whom this host believes read anew
// at a reload. Whether signatures are enforced at all is decided at the start.
import { join } from 'node:path';
import { Refusal } from '../protocol/errors.ts';
import type { Clock } from './clock.ts';
import { externalIdOf } from './config.ts';
import type { RunnerConfig } from './config-file.ts';
import type { SigningConfig } from './config-signing.ts';
import { openNonceStore, type NonceStore } from './gates/nonce-store.ts';
import { EnforcedSignatures } from './gates/signature-gate.ts';
import { originOf } from './gates/signature.ts';

export class Signing {
  readonly gate: EnforcedSignatures;
  readonly #nonces: NonceStore;
  #config: SigningConfig;

  private constructor(config: SigningConfig, gate: EnforcedSignatures, nonces: NonceStore) {
    this.#config = config;
    this.gate = gate;
    this.#nonces = nonces;
  }

  /** Null where signatures are not enforced; a Refusal when the record of used ones cannot be trusted. */
  static async open(config: RunnerConfig, clock: Clock): Promise<Signing | null> {
    const { signing, runner } = config;
    if (!signing.isEnforced) return null;
    const path = join(config.paths.dataDir, 'signing', 'nonce-cache.json');
    const nonces = await openNonceStore(path, signing.maxAgeMs, clock.now());
    const rules = {
      authorities: signing.authorities,
      maxAgeMs: signing.maxAgeMs,
      origin: originOf(config.cloud.url),
      externalId: externalIdOf(config),
      group: runner.group,
      labels: runner.labels,
    };
    return new Signing(signing, new EnforcedSignatures(rules, nonces, clock), nonces);
  }

  get config(): SigningConfig {
    return this.#config;
  }

  /** Takes over authorities and age. A Refusal, with everything as it was, for what only a restart may change. */
  reload(next: SigningConfig): void {
    if (!next.isEnforced) throw restartNeeded('no longer to enforce signatures');
    if (next.maxAgeMs > this.#config.maxAgeMs) throw restartNeeded('to accept older attestations');
    this.#config = next;
    this.gate.replaceRules(next);
  }

  close(): Promise<void> {
    return this.#nonces.close();
  }
}

function restartNeeded(what: string): Refusal {
  return new Refusal('invalid_request', `Cannot reload signing: ${what} takes a restart of the service`);
}
