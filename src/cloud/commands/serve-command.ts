// `emisar-cloud serve`: runs until a signal, or until the parent's end of stdin closes when it is attached.
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Logger } from 'pino';
import { systemClock, systemRandom } from '../clock.ts';
import { startCloud } from '../cloud.ts';
import { VERSION, certificateEnd, type ServeConfig } from '../config.ts';
import { STORE_NAME } from '../database/data-dir.ts';
import type { NoticeConfig } from '../notices/notices.ts';
import { serveAdmin } from './admin-socket.ts';
import { createAdmin } from './admin.ts';

export interface ServeSurroundings {
  notices: NoticeConfig;
  log: Logger;
  /** Told once it listens. */
  announce: (url: string) => void;
  /** When this ends the server ends; null when it stands alone. */
  attachedTo: Readable | null;
}

/** Resolves when it has stopped in order. A second signal ends the process at once. */
export async function serve(
  config: ServeConfig,
  { notices, log, announce, attachedTo }: ServeSurroundings,
): Promise<void> {
  const asked = stopAsked(attachedTo);
  const { dataDir, databaseUrl, listen, publicUrl, tls, proxies, versions } = config;
  const cloud = await startCloud({
    dataDir,
    databaseUrl,
    listen,
    publicUrl,
    tls,
    proxies,
    notices,
    versions,
    log,
    clock: systemClock,
    random: systemRandom,
  });
  const { members, tokens, team } = cloud.domains;
  const server = {
    databaseFile: join(dataDir, STORE_NAME),
    serving: { url: cloud.url, public_url: publicUrl, tls_expires_at: tls && certificateEnd(tls.cert) },
  };
  const stopAdmin = await serveAdmin(
    dataDir,
    createAdmin({ database: cloud.database, members, tokens, team, server }),
  );
  announce(cloud.url);
  log.info({ url: cloud.url, version: VERSION }, 'listening');
  const why = await asked;
  // Still flowing, it would keep the process after everything else has ended.
  attachedTo?.destroy();
  log.info({ why }, 'stopping');
  await stopAdmin();
  await cloud.stop();
  log.info('stopped');
}

function stopAsked(attachedTo: Readable | null): Promise<string> {
  return new Promise((resolve) => {
    let isAsked = false;
    const ask = (why: string) => {
      if (isAsked && why !== 'stdin closed') process.exit(1);
      isAsked = true;
      resolve(why);
    };
    process.on('SIGTERM', () => ask('SIGTERM'));
    process.on('SIGINT', () => ask('SIGINT'));
    attachedTo
      ?.on('end', () => ask('stdin closed'))
      .on('close', () => ask('stdin closed'))
      .on('error', () => ask('stdin closed'));
    attachedTo?.resume();
  });
}
