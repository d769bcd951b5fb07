// What makes two dispatches the same one: a digest over everything that decides what would be executed.
import { createHash } from 'node:crypto';
import type { RunFacts } from '../execution/engine.ts';

/** Lower-hex SHA-256 of the facts in the fixed order that an existing dispatch log was written with. */
export function dispatchDigest(facts: RunFacts): string {
  const text = JSON.stringify({
    action_id: facts.actionId,
    expected_pack_hash: facts.expectedPackHash ?? '',
    pack_ref: facts.packRef ?? '',
    args: facts.args,
    opts: optionsInOrder(facts.opts),
    reason: facts.reason,
    operation_id: facts.operationId ?? '',
    attestation: facts.attestation ?? null,
  });
  return createHash('sha256').update(escapeLikeGo(text)).digest('hex');
}

function optionsInOrder(opts: RunFacts['opts']): Record<string, unknown> | null {
  if (!opts) return null;
  return {
    ...(opts.timeout === undefined ? {} : { timeout: opts.timeout }),
    ...(opts.max_stdout_bytes === undefined ? {} : { max_stdout_bytes: opts.max_stdout_bytes }),
    ...(opts.max_stderr_bytes === undefined ? {} : { max_stderr_bytes: opts.max_stderr_bytes }),
  };
}

// Logs written by other builds were hashed over Go's JSON, which escapes these five characters.
const escaped: Record<string, string> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

function escapeLikeGo(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (character) => escaped[character] ?? character);
}
