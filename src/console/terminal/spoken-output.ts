// Takes whole frames and writes, in their place, the lines that are new in each, one below the other: a screen reader
// says what is written and nothing else. Frames that follow one another at once are one.

/** So long after the last frame, and at most so long after the first, what is new is written. */
const QUIET_MS = 120;
const AT_MOST_MS = 500;

const escapesOnly = /^(?:\u001b\[[0-9;:?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\))*$/;
/** Where the reader is told that the cursor is; it must not be hidden. */
const hideCursor = /\u001b\[\?25l/g;
const CLEAR = '\u001b[2J\u001b[H';

export interface SpokenOutput {
  /** Takes a frame, or control sequences, which pass; nothing is left to write. */
  write(text: string): null;
  /** Whatever comes next begins on an empty screen. */
  turnPage(): void;
  /** Says everything once more. */
  repeat(): void;
  close(): void;
}

interface SpokenSettings {
  readonly output: (text: string) => void;
  readonly spokenLine: (line: string) => string;
  readonly news: (before: readonly string[], after: readonly string[]) => readonly string[];
}

export function createSpokenOutput({ output, spokenLine, news }: SpokenSettings): SpokenOutput {
  let said: readonly string[] = [];
  let latest: readonly string[] | null = null;
  let waitsSince = 0;
  let timer: NodeJS.Timeout | null = null;
  let isNewPage = false;

  function say(): void {
    timer = null;
    if (latest === null) return;
    const lines = news(said, latest);
    said = latest;
    latest = null;
    if (lines.length === 0) return;
    output((isNewPage ? CLEAR : '') + lines.map((line) => `${line}\r\n`).join(''));
    isNewPage = false;
  }
  function wait(): void {
    const now = Date.now();
    if (timer === null) waitsSince = now;
    else clearTimeout(timer);
    timer = setTimeout(say, Math.max(0, Math.min(QUIET_MS, waitsSince + AT_MOST_MS - now)));
  }
  return {
    write(text) {
      if (escapesOnly.test(text)) {
        output(text.replace(hideCursor, ''));
        return null;
      }
      latest = text
        .split('\n')
        .map(spokenLine)
        .filter((line) => line !== '');
      wait();
      return null;
    },
    turnPage() {
      isNewPage = true;
    },
    repeat() {
      latest ??= said;
      said = [];
      wait();
    },
    close() {
      if (timer !== null) clearTimeout(timer);
    },
  };
}
