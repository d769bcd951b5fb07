// An action as a runner would advertise it.
import type { ActionDescriptor } from '../../../src/protocol/descriptor.ts';

export function descriptor(id: string, change: Partial<ActionDescriptor> = {}): ActionDescriptor {
  return {
    id,
    title: id,
    summary: '',
    description: `Does ${id}`,
    kind: 'exec',
    risk: 'low',
    side_effects: [],
    args: [],
    examples: [],
    search_terms: [],
    pack_id: 'linux-core',
    primary_executable_available: true,
    limits: { default_timeout: 1 },
    output: { max_stdout_bytes: 1, max_stderr_bytes: 1 },
    ...change,
  };
}
