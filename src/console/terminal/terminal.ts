// The terminal, taken for a screen and given back on every way out: in order, by a signal, by an error that
// nobody caught, and by a small process beside this one when this one can do nothing more itself.
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';

/** Ends synchronized output and paste mode, shows the cursor, leaves the alternate screen, old title, plain text. */
const GIVE_BACK = '\u001b[?2026l\u001b[?2004l\u001b[?25h\u001b[?1049l\u001b[23;2t\u001b[0m';
const TAKE_TITLE = '\u001b[22;2t';

/** Signals that a process can answer, with the codes that a shell tells for them. SIGIOT is SIGABRT by another name. */
const signalCodes = {
  SIGTERM: 143,
  SIGHUP: 129,
  SIGINT: 130,
  SIGQUIT: 131,
  SIGABRT: 134,
  SIGIOT: 134,
} as const;

/** How the screen is left: an exit code, and the error when that is why. */
export type Leave = (exitCode: number, error?: unknown) => void;

export interface TerminalGuard {
  /** The screen was left in order; nothing is restored any more, and the guards end. */
  released(): void;
}

/**
 * Calls `leave` on signals and on errors that nobody caught; when the process ends without it, restores by force.
 * To be called while the terminal is still the shell's: what it is set to now is what it gets back.
 */
export async function guardTerminal(leave: Leave): Promise<TerminalGuard> {
  let isReleased = false;
  const beside = await startGuardBeside();
  const ends = signalCodes;
  const listeners = Object.entries(ends).map(([name, code]) => [name, () => leave(code)] as const);
  for (const [name, listener] of listeners) process.on(name, listener);
  const fail = (error: unknown) => leave(1, error);
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  const restore = () => {
    if (isReleased) return;
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    try {
      writeSync(1, GIVE_BACK);
    } catch {
      // The terminal itself is gone.
    }
    beside.release();
  };
  process.on('exit', restore);
  process.stdout.write(TAKE_TITLE);
  return {
    released: () => {
      isReleased = true;
      process.stdout.write('\u001b[23;2t');
      for (const [name, listener] of listeners) process.off(name, listener);
      process.off('uncaughtException', fail);
      process.off('unhandledRejection', fail);
      process.off('exit', restore);
      beside.release();
    },
  };
}

/**
 * What no handler sees (SIGKILL, abort) ends the pipe to a shell of a few hundred kilobytes, which then does
 * what this process could not (T18). In a session of its own: it outlives the group, and may write to a
 * terminal that is not its own. Without a shell, or without `stty`, the rest still holds.
 * Resolves once it has noted how the terminal is set.
 */
async function startGuardBeside(): Promise<{ release(): void }> {
  const restore = GIVE_BACK.replaceAll('\u001b', '\\033');
  // The shell of the terminal may have drawn its prompt into the screen that is taken away here.
  const words = 'emisar-console was killed; the terminal is as it was. Enter shows the prompt.';
  const script = `modes=$(stty -g <&3); exec >&-; read -r word && exit; printf '${restore}\r\n${words}\r\n' >&4; stty "$modes" <&3`;
  const shell = spawn('/bin/sh', ['-c', script], {
    stdio: ['pipe', 'pipe', 'ignore', 0, 1],
    detached: true,
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
  });
  const { stdin, stdout } = shell;
  stdin?.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    shell.on('error', () => resolve());
    stdout?.on('close', () => resolve()).resume();
  });
  shell.unref();
  return {
    release: () => void stdin?.end('released\n'),
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

/** Names the window; control characters would end the name and begin something else, so they are left out. */
export function setWindowTitle(text: string): void {
  process.stdout.write(`\u001b]2;${text.replace(/\p{Cc}/gu, '').slice(0, 120)}\u0007`);
}

/** Stops this process group until `fg`; resolves when it goes on. */
export function suspendGroup(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGCONT', () => resolve());
    process.kill(0, 'SIGTSTP');
  });
}
