// The danger ladder without a screen: nothing, a yes, or the name typed. Without a terminal the flag must say it,
// otherwise nothing is changed (T32).
import { createInterface } from 'node:readline';
import { neutralise } from '../../protocol/neutralise.ts';
import type { VerbIo } from './verb-io.ts';

/** A verb was used wrongly; the text says how to do it right. Exit code 2. */
export class UsageError extends Error {}

export interface Danger {
  /** What will happen, one sentence without a full stop. */
  readonly consequence: string;
  /** The name that must be typed, or null where a yes suffices. */
  readonly typedName: string | null;
}

export interface Consent {
  readonly yes: boolean;
  readonly confirm: string | undefined;
}

/** Resolves when the person agrees; throws UsageError otherwise, and nothing has happened. */
export async function confirmDanger(
  io: VerbIo,
  { consequence, typedName }: Danger,
  consent: Consent,
): Promise<void> {
  if (consent.confirm !== undefined) {
    if (typedName === null || consent.confirm === typedName) return;
    throw new UsageError(`Nothing was changed: --confirm must be ${quoted(typedName)}`);
  }
  if (typedName === null && consent.yes) return;
  const flag = typedName === null ? '--yes' : `--confirm ${quoted(typedName)}`;
  if (io.stdin.isTTY !== true || io.stderr.isTTY !== true) {
    throw new UsageError(`Nothing was changed: ${neutralise(consequence)}; say ${flag} to do it`);
  }
  const prompt = typedName === null ? 'Do it? [y/N] ' : `Type ${quoted(typedName)} to do it: `;
  const answer = await ask(io, `${neutralise(consequence)}\n${prompt}`);
  const agreed = typedName === null ? /^y(es)?$/i.test(answer.trim()) : answer === typedName;
  if (!agreed) throw new UsageError('Nothing was changed');
}

async function ask({ stdin, stderr, signal }: VerbIo, prompt: string): Promise<string> {
  const lines = createInterface({ input: stdin, output: stderr, terminal: false });
  try {
    stderr.write(prompt);
    return await new Promise<string>((resolve) => {
      lines.once('line', resolve);
      lines.once('close', () => resolve(''));
      signal?.addEventListener('abort', () => resolve(''), { once: true });
    });
  } finally {
    lines.close();
  }
}

function quoted(name: string): string {
  const shown = neutralise(name);
  return /^[\w.@-]+$/.test(shown) ? shown : `"${shown}"`;
}
