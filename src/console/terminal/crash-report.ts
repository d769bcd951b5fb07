// An error that ended the screen, kept where it can be read: the alternate screen takes what it showed with it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Tokens and keys of every kind this product makes, whatever text they got into. */
const secretShapes = /\b(?:emop|emkey-[a-z]+|rnrtok|emagent|eminv)-[A-Za-z0-9_-]{8,}/g;

/**
 * Writes the error with its stack and causes to a private file of its own below
 * `$XDG_STATE_HOME/emisar/console` and answers its path; null where nothing can be written.
 */
export function writeCrashReport(
  error: unknown,
  { env, at }: { readonly env: Environment; readonly at: Date },
): string | null {
  const state = env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local/state');
  const folder = join(state, 'emisar/console');
  const path = join(folder, `error-${at.toISOString().replaceAll(/[:.]/g, '-')}-${process.pid}.log`);
  const facts = `${at.toISOString()} node ${process.version} ${process.platform} ${process.arch}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(path, `${facts}\n${safeText(stackOf(error))}\n`, { mode: 0o600, flag: 'wx' });
    return path;
  } catch {
    return null;
  }
}

/** One line about the error, without secrets and control characters. */
export function crashSentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return safeText(message).split('\n')[0]?.slice(0, 300) ?? '';
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

function safeText(text: string): string {
  return text.replace(secretShapes, '[secret]').replace(/(?!\n)\p{Cc}/gu, ' ');
}
