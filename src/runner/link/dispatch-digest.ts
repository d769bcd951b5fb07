// What makes two dispatches the same one: a digest over everything that decides what would be executed.
import { createHash } from 'node:crypto';
import { encodeLikeGo } from '../../protocol/go-json.ts';
import type { RunFacts } from '../execution/engine.ts';

/** Lower-hex SHA-256 of the facts in the fixed order that an existing dispatch log was written with. */
export function dispatchDigest(facts: RunFacts): string {
  // Logs written by other builds were hashed over Go's JSON.
  const text = encodeLikeGo({
    action_id: facts.actionId,
    expected_pack_hash: facts.expectedPackHash ?? '',
    pack_ref: facts.packRef ?? '',
    args: facts.args,
    opts: optionsInOrder(facts.opts),
    reason: facts.reason,
    operation_id: facts.operationId ?? '',
    attestation: facts.attestation ?? null,
  });
  return createHash('sha256').update(text).digest('hex');
}

function optionsInOrder(opts: RunFacts['opts']): Record<string, unknown> | null {
  if (!opts) return null;
  return {
    ...(opts.timeout === undefined ? {} : { timeout: opts.timeout }),
    ...(opts.max_stdout_bytes === undefined ? {} : { max_stdout_bytes: opts.max_stdout_bytes }),
    ...(opts.max_stderr_bytes === undefined ? {} : { max_stderr_bytes: opts.max_stderr_bytes }),
  };
}
