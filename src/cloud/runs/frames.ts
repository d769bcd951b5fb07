// The frames that runs send. `args_text` is embedded as it stands, so a replay is the same bytes.
import { MAX_CLOUD_FRAME_BYTES } from '../../protocol/frames.ts';
import { PROTOCOL_VERSION } from '../../protocol/version.ts';
import type { RunRow } from './run-parts.ts';

type Sent = Pick<
  RunRow,
  | 'request_id'
  | 'action_id'
  | 'pack_id'
  | 'pack_version'
  | 'pack_hash'
  | 'operation_id'
  | 'args_text'
  | 'opts'
  | 'reason'
>;

const quoted = (text: string) => JSON.stringify(text);

export function runActionFrame(run: Sent): string {
  const parts = [
    '"type":"run_action"',
    `"protocol_version":${PROTOCOL_VERSION}`,
    `"request_id":${quoted(run.request_id)}`,
    `"action_id":${quoted(run.action_id)}`,
    `"expected_pack_hash":${quoted(run.pack_hash)}`,
    // A pack without a version has no reference that its host would recognise.
    ...(run.pack_version === 'unknown'
      ? []
      : [`"pack_ref":${quoted(`${run.pack_id}@${run.pack_version}/${run.pack_hash}`)}`]),
    `"operation_id":${quoted(run.operation_id)}`,
    `"args":${run.args_text}`,
    ...(run.opts === null ? [] : [`"opts":${run.opts}`]),
    `"reason":${quoted(run.reason)}`,
  ];
  return `{${parts.join(',')}}`;
}

/** True when the frame is one that a runner accepts. */
export function fitsInFrame(run: Sent): boolean {
  return Buffer.byteLength(runActionFrame(run)) <= MAX_CLOUD_FRAME_BYTES;
}

export function cancelFrame(requestId: string, reason: string | null): string {
  return JSON.stringify({
    type: 'cancel',
    protocol_version: PROTOCOL_VERSION,
    request_id: requestId,
    reason,
  });
}
