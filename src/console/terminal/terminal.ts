// The terminal, taken for a screen and given back on every way out: in order, by a signal, by an error that
// nobody caught, and by a small process beside this one when this one can do nothing more itself.
import { spawn } from 'node:child_process';
import { readFileSync, writeSync } from 'node:fs';

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
  /** The screen has its first frame: how the terminal is set now is what may have to be undone. */
  drawn(): void;
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
  // It hung up, or the shell took it back from a job whose leader is gone.
  const loseTerminal = () => {
    beside.tell('lost');
    leave(signalCodes.SIGHUP);
  };
  const streams = [process.stdin, process.stdout];
  for (const stream of streams) stream.on('error', loseTerminal);
  process.stdin.on('end', loseTerminal);
  const stopWatching = watchForeground(loseTerminal);
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
    beside.tell('released');
  };
  process.on('exit', restore);
  process.stdout.write(TAKE_TITLE);
  return {
    drawn: () => beside.tell('drawn'),
    released: () => {
      isReleased = true;
      process.stdout.write('\u001b[23;2t');
      for (const [name, listener] of listeners) process.off(name, listener);
      process.off('uncaughtException', fail);
      process.off('unhandledRejection', fail);
      process.off('exit', restore);
      process.stdin.off('end', loseTerminal);
      stopWatching();
      // Listeners for errors stay: a terminal that is gone may say so as late as that.
      beside.tell('released');
    },
  };
}

/**
 * When the process that a shell knows as its job is killed (npm, a script), the shell takes the terminal back,
 * and nothing tells the one that was drawing there.
 */
function watchForeground(lost: () => void): () => void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent && !isInForeground()) lost();
  }, 1000);
  timer.unref();
  return () => clearInterval(timer);
}

function isInForeground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    // After the name: state, parent, group, session, terminal, the terminal's foreground group.
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return group === foreground;
  } catch {
    return true;
  }
}

interface GuardBeside {
  /**
   * `drawn`: the screen has set the terminal as it needs it. `lost`: this process may not touch the terminal any
   * more, so that its settings are the other's to put right. `released`: there is nothing to put right.
   */
  tell(word: 'drawn' | 'lost' | 'released'): void;
}

/**
 * What no handler sees (SIGKILL, abort) ends the pipe to a shell of a few hundred kilobytes, which then does
 * what this process could not (T18). In a session of its own: it outlives the group, and may write to a
 * terminal that is not its own. What somebody else has set since (a shell at its prompt) is left alone. Without
 * a shell, or without `stty`, the rest still holds. Resolves once it has noted how the terminal is set.
 */
async function startGuardBeside(): Promise<GuardBeside> {
  const restore = GIVE_BACK.replaceAll('\u001b', '\\033');
  // The shell of the terminal may have drawn its prompt into the screen that is taken away here.
  const words = 'emisar-console was killed; the terminal is as it was. Enter shows the prompt.';
  const script = `
    modes=$(stty -g <&3); exec >&-
    while read -r word; do
      case $word in
        drawn) raw=$(stty -g <&3) ;;
        lost) lost=1 ;;
        released) [ "$lost" ] || exit 0 ;;
      esac
    done
    [ "\${raw:-$modes}" != "$modes" ] && [ "$(stty -g <&3)" != "$raw" ] || stty "$modes" <&3
    [ "$lost" ] || printf '${restore}\\r\\n${words}\\r\\n' >&4`;
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
    tell(word) {
      if (stdin?.writable === true) stdin.write(`${word}\n`);
      if (word === 'released') stdin?.end();
    },
  };
}

/** Names the window; control characters would end the name and begin something else, so they are left out. */
export function setWindowTitle(text: string): void {
  process.stdout.write(`\u001b]2;${text.replace(/\p{Cc}/gu, '').slice(0, 120)}\u0007`);
}

let isStopping = false;
let stopAsked: (() => void) | null = null;

/** Stops this process group until `fg`; resolves when it goes on. */
export function suspendGroup(): Promise<void> {
  return new Promise((resolve) => {
    isStopping = true;
    process.once('SIGCONT', () => {
      isStopping = false;
      if (stopAsked !== null) process.on('SIGTSTP', stopAsked);
      resolve();
    });
    if (stopAsked !== null) process.off('SIGTSTP', stopAsked);
    process.kill(0, 'SIGTSTP');
  });
}

/**
 * Calls `stop` when somebody else asks this process to stop, and `goesOn` when it goes on after a stop that no
 * process can answer (SIGSTOP). The returned function ends both.
 */
export function watchStops(stop: () => void, goesOn: () => void): () => void {
  const continued = () => {
    if (!isStopping) goesOn();
  };
  stopAsked = stop;
  process.on('SIGTSTP', stop);
  process.prependListener('SIGCONT', continued);
  return () => {
    stopAsked = null;
    process.off('SIGTSTP', stop);
    process.off('SIGCONT', continued);
  };
}
