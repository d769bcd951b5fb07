// What a process holds in memory, as the kernel counts it.
import { readFileSync } from 'node:fs';

/** `VmRSS` now, `VmHWM` the most it ever was; in MB. */
export function memoryMb(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const [, kib = ''] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
  return (Number(kib) * 1024) / 1e6;
}
