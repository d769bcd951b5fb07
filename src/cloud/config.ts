// What this build is called, and the settings of a serving control plane once they are checked.
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import manifest from '../../package.json' with { type: 'json' };
import { Refusal } from '../protocol/errors.ts';
import { defaultVersionPolicy, isVersion, type VersionPolicy } from '../protocol/runner-version.ts';

export const PRODUCT = 'emisar-cloud' as const;
export const VERSION: string = manifest.version;

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface ServeConfig {
  readonly dataDir: string;
  /** PostgreSQL; null for the store in the data directory. */
  readonly databaseUrl: string | null;
  readonly listen: ListenAddress;
  /** As others reach this server, without a trailing slash; null when it is the address it listens on. */
  readonly publicUrl: string | null;
  readonly tls: TlsFiles | null;
  /** Addresses of proxies whose X-Forwarded-For is believed. */
  readonly proxies: BlockList | null;
  readonly versions: VersionPolicy;
}

export interface ServeFlags {
  dataDir: string;
  databaseUrl: string | null;
  listen: string;
  publicUrl?: string | undefined;
  tlsCert?: string | undefined;
  tlsKey?: string | undefined;
  behindProxy?: string | undefined;
  minimumRunnerVersion?: string | undefined;
  recommendedRunnerVersion?: string | undefined;
  enforceRunnerVersion?: boolean | undefined;
}

/** Checks the flags of `serve`. Refuses `invalid_request` with a sentence that names the flag. */
export function readServeConfig(flags: ServeFlags): ServeConfig {
  const listen = readListen(flags.listen);
  const tls = readTls(flags.tlsCert, flags.tlsKey);
  const proxies = flags.behindProxy === undefined ? null : readCidrs(flags.behindProxy, '--behind-proxy');
  if (!isLoopback(listen.host) && !tls && !proxies) {
    throw new Refusal(
      'insecure_url',
      `Cannot listen on ${listen.host}: beyond this machine it takes --tls-cert and --tls-key, or --behind-proxy CIDR`,
    );
  }
  const publicUrl = flags.publicUrl === undefined ? null : readPublicUrl(flags.publicUrl);
  const { dataDir, databaseUrl } = flags;
  return { dataDir, databaseUrl, listen, publicUrl, tls, proxies, versions: readVersions(flags) };
}

function readVersions(flags: ServeFlags): VersionPolicy {
  const read = (text: string, flag: string) => {
    if (isVersion(text)) return text;
    throw new Refusal('invalid_request', `Cannot read ${flag}: it is a version, such as 1.4.0`);
  };
  const { minimum, recommended } = defaultVersionPolicy;
  return {
    minimum: read(flags.minimumRunnerVersion ?? minimum, '--minimum-runner-version'),
    recommended: read(flags.recommendedRunnerVersion ?? recommended, '--recommended-runner-version'),
    isEnforced: flags.enforceRunnerVersion ?? defaultVersionPolicy.isEnforced,
  };
}

/** `HOST:PORT`, IPv6 in brackets. */
export function readListen(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^[\]:/\s]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) {
    throw new Refusal('invalid_request', 'Cannot read --listen: it is HOST:PORT, such as 127.0.0.1:8443');
  }
  return { host, port };
}

/** True for an address, or the name, of this machine alone. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  const mapped = host.startsWith('::ffff:') ? host.slice(7) : host;
  return isIP(mapped) === 4 && mapped.startsWith('127.');
}

function readTls(certFile: string | undefined, keyFile: string | undefined): TlsFiles | null {
  if (certFile === undefined && keyFile === undefined) return null;
  if (certFile === undefined || keyFile === undefined) {
    throw new Refusal('invalid_request', 'Cannot use TLS: --tls-cert and --tls-key go together');
  }
  return { cert: readPem(certFile, '--tls-cert'), key: readPem(keyFile, '--tls-key') };
}

export function readPem(file: string, flag: string): Buffer {
  if (!existsSync(file))
    throw new Refusal('invalid_request', `Cannot read ${flag}: there is no file ${file}`);
  const pem = readFileSync(file);
  if (!pem.includes('-----BEGIN ')) {
    throw new Refusal('invalid_request', `Cannot read ${flag}: ${file} is not a PEM file`);
  }
  return pem;
}

/** When the certificate of a chain ends that is served first. */
export function certificateEnd(chain: Buffer): number {
  return Date.parse(new X509Certificate(chain).validTo);
}

/** Addresses and CIDRs, with commas between; `flag` names where they were given. */
export function readCidrs(cidrs: string, flag: string): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs.split(',')) {
    const [address = '', bits] = cidr.trim().split('/');
    const family = isIP(address);
    const widest = family === 4 ? 32 : 128;
    const length = bits === undefined ? widest : Number(bits);
    if (family === 0 || !Number.isInteger(length) || length < 0 || length > widest) {
      throw new Refusal('invalid_request', `Cannot read ${flag}: it is a CIDR, such as 10.0.0.0/8`);
    }
    list.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

function readPublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const plain = url?.protocol === 'http:' && isLoopback(url.hostname.replace(/^\[|\]$/g, ''));
  if (
    !url ||
    (url.protocol !== 'https:' && !plain) ||
    url.search ||
    url.hash ||
    url.username ||
    url.password
  ) {
    throw new Refusal(
      'invalid_request',
      'Cannot read --public-url: it is an https address without query (plain http only on loopback)',
    );
  }
  return url.href.replace(/\/+$/, '');
}

/** The published catalogue that came with the program: beside its sources, or beside the bundle made of them. */
export function catalogueFile(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let up = 0; up < 4; up += 1) {
    const file = join(folder, 'packs', 'catalogue.json');
    if (existsSync(file)) return file;
    folder = dirname(folder);
  }
  throw new Error('packs/catalogue.json is missing from this installation');
}
