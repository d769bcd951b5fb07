// What must hold before the daemon starts, each with the sentence that says how to mend it.
import { readFileSync } from 'node:fs';
import { Refusal } from '../protocol/errors.ts';
import { tokenPathOf } from './config.ts';
import type { RunnerConfig } from './config-file.ts';
import { ensureFolder, errorCode } from './host/durable-file.ts';
import { cloudAddress, type CloudAddress } from './link/address.ts';
import { missingKey } from './link/credential.ts';
import { readTokenFile, TokenFileRefused } from './link/token-file.ts';

/** The addresses of the control plane; a Refusal when the configuration names none that may be used. */
export function checkAddress(config: RunnerConfig): CloudAddress {
  if (config.cloud.url === '') {
    throw new Refusal(
      'invalid_request',
      'Cannot connect: cloud.url is not set; set it in the configuration, or set EMISAR_URL',
    );
  }
  if (config.paths.dataDir.trim() === '') {
    throw new Refusal('invalid_request', 'Cannot connect: paths.data_dir is not set in the configuration');
  }
  return cloudAddress(config.cloud.url, config.cloud.allowInsecure);
}

/** Makes the data directory, closed to others. */
export async function makeDataDir(dataDir: string): Promise<void> {
  try {
    await ensureFolder(dataDir);
  } catch (error) {
    throw new Refusal(
      'data_dir_unusable',
      `Cannot use the data directory ${dataDir} (${errorCode(error) ?? 'error'}): make it writable for this user, ` +
        'or name another in paths.data_dir',
    );
  }
}

// A token file that we refuse counts as there: it is reported at each dial, and never replaced.
export async function requireCredential(config: RunnerConfig, key: string | null): Promise<void> {
  if (key !== null) return;
  const path = tokenPathOf(config);
  const stored = await readTokenFile(path).catch((error: unknown) => {
    if (error instanceof TokenFileRefused) return error;
    throw error;
  });
  if (stored === null) throw new Refusal('enrollment_key_invalid', missingKey(path));
}

/** The private certificate authority of `cloud.ca_file`, as PEM. */
export function readAuthority(path: string | null): string | undefined {
  if (path === null) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Refusal(
      'invalid_request',
      `Cannot read cloud.ca_file ${path} (${errorCode(error) ?? 'error'})`,
    );
  }
}
