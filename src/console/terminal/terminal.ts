// The terminal, taken for a screen and given back on every way out.
import { writeSync } from 'node:fs';

/** Ends synchronized output and paste mode, shows the cursor, leaves the alternate screen, plain text. */
const GIVE_BACK = '\u001b[?2026l\u001b[?2004l\u001b[?25h\u001b[?1049l\u001b[0m';

/** Calls `leave` on signals that end the process; when the process ends without it, restores by force. */
export function guardTerminal(leave: (exitCode: number) => void): { released(): void } {
  let isReleased = false;
  const ends = { SIGTERM: 143, SIGHUP: 129, SIGINT: 130 } as const;
  const listeners = Object.entries(ends).map(([name, code]) => [name, () => leave(code)] as const);
  for (const [name, listener] of listeners) process.on(name, listener);
  process.on('exit', () => {
    if (isReleased) return;
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    try {
      writeSync(1, GIVE_BACK);
    } catch {
      // The terminal itself is gone.
    }
  });
  return {
    released: () => {
      isReleased = true;
      for (const [name, listener] of listeners) process.off(name, listener);
    },
  };
}

const OSC_52_MAX = 74_994;

/** Asks the terminal to put `text` on its clipboard; false when it is longer than terminals take. */
export function copyToClipboard(text: string): boolean {
  const encoded = Buffer.from(text).toString('base64');
  if (encoded.length > OSC_52_MAX) return false;
  process.stdout.write(`\u001b]52;c;${encoded}\u0007`);
  return true;
}

/** Stops this process group until `fg`; resolves when it goes on. */
export function suspendGroup(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGCONT', () => resolve());
    process.kill(0, 'SIGTSTP');
  });
}
