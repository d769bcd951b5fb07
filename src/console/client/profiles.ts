// Stored sign-ins: which control planes this person uses, and the token for each. The file is for its owner only;
// a token goes to no other address than the one it was stored for.
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import Conf from 'conf';
import { z } from 'zod';
import { Refusal } from '../../protocol/errors.ts';
import { controlPlaneUrl } from './address.ts';

const Profile = z.object({
  name: z.string().min(1).max(80),
  url: z.string(),
  token: z.string().min(1),
  account: z.string().optional(),
  member: z.string().optional(),
});
export type Profile = z.infer<typeof Profile>;

const ProfileFile = z.object({
  current: z.string().nullable().default(null),
  profiles: z.array(Profile).default([]),
  settings: z.record(z.string(), z.unknown()).default({}),
});
type ProfileFile = z.infer<typeof ProfileFile>;

type Environment = Readonly<Record<string, string | undefined>>;

export interface Profiles {
  /** Where they are kept. */
  readonly file: string;
  list(): Profile[];
  /** The one in use, or null when nothing is stored. */
  current(): Profile | null;
  /** Adds a profile, or replaces the one of that name; it becomes the current one. */
  save(profile: Profile): void;
  /** Makes a stored profile the current one; refuses `not_found`. */
  use(name: string): Profile;
  /** Forgets a profile; true when there was one. */
  remove(name: string): boolean;
  /** Which server and token a command uses; refuses `not_signed_in` when nothing fits. */
  choose(wanted: { url?: string | undefined; profile?: string | undefined }): Profile;
  /** What a person set for the console itself; never a secret. */
  setting(key: string): unknown;
  saveSetting(key: string, value: unknown): void;
}

/** Directory of the console's own files: EMISAR_CONFIG_DIR, else XDG_CONFIG_HOME/emisar, else ~/.config/emisar. */
export function configDirectory(env: Environment): string {
  if (env['EMISAR_CONFIG_DIR']) return env['EMISAR_CONFIG_DIR'];
  return join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config'), 'emisar');
}

/** Reads nothing yet; each use checks the file anew and refuses `profile_exposed` when others can read it. */
export function openProfiles(env: Environment): Profiles {
  const directory = configDirectory(env);
  const file = join(directory, 'console.json');

  function open(): Conf<ProfileFile> {
    refuseExposed(file);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return new Conf<ProfileFile>({
      cwd: directory,
      configName: 'console',
      configFileMode: 0o600,
      accessPropertiesByDotNotation: false,
      clearInvalidConfig: false,
    });
  }
  function read(): ProfileFile {
    refuseExposed(file);
    if (!existsSync(file)) return ProfileFile.parse({});
    try {
      return ProfileFile.parse(open().store);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      throw new Refusal(
        'invalid_request',
        `Cannot read the stored profiles in ${file}: it is not the console's own file`,
      );
    }
  }
  function write(content: ProfileFile): void {
    open().store = content;
    chmodSync(file, 0o600);
  }
  function find(name: string): Profile {
    const profile = read().profiles.find((stored) => stored.name === name);
    if (profile === undefined)
      throw new Refusal('not_found', `Cannot find a profile named ${name}`, { profile: name });
    return profile;
  }
  function current(): Profile | null {
    const content = read();
    return content.profiles.find(({ name }) => name === content.current) ?? content.profiles[0] ?? null;
  }

  return {
    file,
    list: () => read().profiles,
    current,
    save(profile) {
      const stored = { ...profile, url: controlPlaneUrl(profile.url) };
      const content = read();
      const others = content.profiles.filter(({ name }) => name !== profile.name);
      write({ ...content, current: profile.name, profiles: [...others, stored] });
    },
    use(name) {
      const profile = find(name);
      write({ ...read(), current: name });
      return profile;
    },
    remove(name) {
      const content = read();
      const profiles = content.profiles.filter((stored) => stored.name !== name);
      if (profiles.length === content.profiles.length) return false;
      const next = content.current === name ? (profiles[0]?.name ?? null) : content.current;
      write({ ...content, profiles, current: next });
      return true;
    },
    choose: (wanted) => chooseProfile(env, wanted, { find, current, list: () => read().profiles }),
    setting: (key) => read().settings[key],
    saveSetting(key, value) {
      const content = read();
      write({ ...content, settings: { ...content.settings, [key]: value } });
    },
  };
}

interface Stored {
  find(name: string): Profile;
  current(): Profile | null;
  list(): Profile[];
}

/**
 * A named profile wins; then an address by flag or environment, with EMISAR_TOKEN or the token stored for exactly
 * that address; then the current profile. EMISAR_TOKEN without an address counts for nothing.
 */
function chooseProfile(
  env: Environment,
  { url, profile }: { url?: string | undefined; profile?: string | undefined },
  stored: Stored,
): Profile {
  if (profile !== undefined) {
    const found = stored.find(profile);
    if (url !== undefined && controlPlaneUrl(url) !== found.url) {
      throw new Refusal(
        'invalid_request',
        `Cannot use profile ${profile} with this --url: its token belongs to ${found.url}`,
      );
    }
    return found;
  }
  const address = url ?? (env['EMISAR_CONSOLE_URL'] || undefined);
  if (address === undefined) {
    const found = stored.current();
    if (found === null) throw new Refusal('not_signed_in');
    return found;
  }
  const wanted = controlPlaneUrl(address);
  const token = env['EMISAR_TOKEN'];
  if (token) return { name: new URL(wanted).host, url: wanted, token };
  const found = stored.list().find((candidate) => candidate.url === wanted);
  if (found === undefined)
    throw new Refusal('not_signed_in', `Cannot do this: no token is stored for ${wanted}`);
  return found;
}

function refuseExposed(file: string): void {
  const facts = statSync(file, { throwIfNoEntry: false });
  if (facts === undefined || process.platform === 'win32') return;
  if ((facts.mode & 0o077) !== 0) {
    throw new Refusal('profile_exposed', `Cannot use the stored profile: others can read ${file}`, { file });
  }
  const own = process.getuid?.();
  if (own !== undefined && own !== 0 && facts.uid !== own) {
    throw new Refusal('profile_exposed', `Cannot use the stored profile: ${file} belongs to another user`, {
      file,
    });
  }
}
