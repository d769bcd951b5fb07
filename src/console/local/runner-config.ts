// The configuration of the one runner of a local fleet.
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Places } from './places.ts';

/**
 * YAML text. Actions may not read the fleet's state (the control plane's store and tokens lie there), nor
 * the folder of the console's profiles.
 */
export function runnerConfig(places: Places, programFolder: string, profileFolder: string): string {
  return stringify({
    schema_version: 1,
    runner: { group: 'local', labels: { local: 'true' } },
    cloud: { auth_key_env: 'EMISAR_AUTH_KEY', token_path: places.runnerToken },
    paths: {
      data_dir: places.runnerDir,
      packs: [join(programFolder, 'packs'), join(places.runnerDir, 'packs')],
      protected: [places.root, profileFolder],
    },
    events: { jsonl_path: join(places.runnerDir, 'events.jsonl') },
  });
}
