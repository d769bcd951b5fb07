// One event of the journal as one readable line.
import { z } from 'zod';
import { neutralise } from '../../protocol/neutralise.ts';

const Event = z.looseObject({
  time: z.string(),
  event_type: z.string(),
  caller: z.looseObject({ control_plane_request_id: z.string().optional() }),
  action_id: z.string().optional(),
  request: z.looseObject({ reason: z.string().optional() }).optional(),
  execution: z.looseObject({ exit_code: z.number(), duration_ms: z.number() }).optional(),
  error: z.string().optional(),
});

/** `2030-01-02T03:04:05Z  execution_completed  linux.uptime  req_…  exit 0 in 7 ms  "reason"`; any text is made safe. */
export function describeEvent(line: string): string {
  const event = Event.safeParse(parse(line)).data;
  if (!event) return neutralise(line);
  const { execution } = event;
  const hasEnded = execution !== undefined && event.event_type !== 'execution_started';
  const cells = [
    event.time,
    event.event_type,
    event.action_id ?? '-',
    event.caller.control_plane_request_id ?? 'local',
    hasEnded ? `exit ${execution.exit_code} in ${execution.duration_ms} ms` : '',
    event.request?.reason === undefined ? '' : JSON.stringify(event.request.reason),
    event.error ?? '',
  ];
  return neutralise(cells.filter((cell) => cell !== '').join('  '));
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
