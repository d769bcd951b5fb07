// Hosts for the pictures: real runners, each with a host name of its own where the system lets a process have
// one (a UTS namespace, as root on Linux); elsewhere this host alone.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository, startProgram, type Program } from '../support/program.ts';
import type { SystemFleet } from '../support/system-fleet.ts';

export interface Host {
  readonly name: string;
  readonly group: string;
  readonly labels: Readonly<Record<string, string>>;
}

export const canNameHosts = spawnSync('unshare', ['--uts', 'true']).status === 0;

export function packFolderOf(fleet: SystemFleet, host: Host, pack: string): string {
  return join(fleet.folder, host.name, 'packs', pack);
}

/** Starts its runner with a fresh key; it takes the packs that lie in its folder, and linux-core. */
export async function startHost(fleet: SystemFleet, host: Host): Promise<Program> {
  const home = join(fleet.folder, host.name);
  mkdirSync(join(home, 'packs'), { recursive: true, mode: 0o700 });
  const config = {
    schema_version: 1,
    runner: { id: host.name, group: host.group, labels: host.labels },
    cloud: { url: fleet.url, auth_key_env: 'EMISAR_AUTH_KEY' },
    paths: { data_dir: 'data', packs: ['packs', join(repository, 'packs')] },
    events: { jsonl_path: 'data/events.jsonl' },
  };
  writeFileSync(join(home, 'config.yaml'), JSON.stringify(config), { mode: 0o600 });
  const words = [
    process.execPath,
    join(repository, 'bin/emisar.js'),
    '--config',
    join(home, 'config.yaml'),
    'connect',
  ];
  const env = { EMISAR_AUTH_KEY: await fleet.mintKey({ hosts: [host.name] }) };
  if (!canNameHosts) return startProgram(words[0] ?? '', words.slice(1), { env });
  const named = ['--uts', 'sh', '-c', 'hostname "$0" && exec "$@"', host.name, ...words];
  return startProgram('unshare', named, { env });
}
