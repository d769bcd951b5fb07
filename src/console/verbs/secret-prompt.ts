// Asks for a secret on a terminal without showing it.
import { UsageError } from './confirmation.ts';
import type { VerbIo } from './verb-io.ts';

const MAX = 4096;

/** What was typed or pasted up to Enter. Ctrl-c and ctrl-d give up. */
export async function readSecret({ stdin, stderr }: VerbIo, prompt: string): Promise<string> {
  stderr.write(prompt);
  stdin.setRawMode?.(true);
  stdin.resume();
  let typed = '';
  try {
    return await new Promise<string>((resolve, reject) => {
      const take = (part: Buffer | string) => {
        for (const character of String(part)) {
          if (character === '\r' || character === '\n') return done(() => resolve(typed));
          if (character === '\u0003' || character === '\u0004')
            return done(() => reject(new UsageError('Nothing was changed')));
          if (character === '\u007f' || character === '\b') typed = typed.slice(0, -1);
          else if (typed.length < MAX) typed += character;
        }
      };
      const done = (settle: () => void) => {
        stdin.off('data', take);
        settle();
      };
      stdin.on('data', take);
      stdin.once('end', () => done(() => resolve(typed)));
    });
  } finally {
    stdin.setRawMode?.(false);
    stdin.pause();
    stderr.write('\n');
  }
}
