// Asks the terminal for its background (OSC 11). Nobody waits for the answer: the screen is drawn at once, and drawn
// anew should the answer tell of another background than was guessed.

type Ground = 'dark' | 'light';

/** Those that take the question in silence when they do not know it; others would print it. */
const asksSafely =
  /^(?:xterm|rxvt|screen|tmux|foot|alacritty|kitty|wezterm|ghostty|contour|konsole|gnome|vte|st-|mintty)/;
const QUESTION = '\u001b]11;?\u001b\\';
/** An answer that has not come by then is not coming. */
const PATIENCE_MS = 1000;

export function mayAskBackground(env: Readonly<Record<string, string | undefined>>): boolean {
  return asksSafely.test(env['TERM'] ?? '');
}

export interface BackgroundQuestion {
  /** To be called in raw mode: the answer must not be echoed (T25). */
  ask(): void;
  /** The body of what a terminal answered to something. */
  hear(body: string): void;
  subscribe(listener: (ground: Ground) => void): () => void;
  /** True while an answer may still come. */
  isOpen(): boolean;
}

export function createBackgroundQuestion(
  write: (text: string) => void,
  now: () => number = Date.now,
): BackgroundQuestion {
  const listeners = new Set<(ground: Ground) => void>();
  let askedAt: number | null = null;
  const isOpen = () => askedAt !== null && now() - askedAt < PATIENCE_MS;
  return {
    isOpen,
    ask() {
      askedAt = now();
      write(QUESTION);
    },
    hear(body) {
      const ground = groundByAnswer(body);
      if (ground === null || askedAt === null) return;
      askedAt = null;
      for (const listener of listeners) listener(ground);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/**
 * Reads and forgets what comes until the answer is here: left in the terminal it would be typed at the shell's
 * prompt. Only somebody who leaves within a second of the start waits for it.
 */
export async function drainAnswer(
  question: BackgroundQuestion,
  input: NodeJS.ReadStream,
  filter: (chunk: string) => string,
): Promise<void> {
  if (!question.isOpen() || !input.isTTY) return;
  const hear = (chunk: Buffer | string) => void filter(chunk.toString());
  input.setRawMode(true);
  input.on('data', hear);
  input.resume();
  while (question.isOpen()) await new Promise((resolve) => setTimeout(resolve, 10));
  input.off('data', hear);
  input.pause();
  input.setRawMode(false);
}

/** What the body of an answer to OSC 11 says: `11;rgb:ffff/ffff/ffff`, with one to four digits a part. */
export function groundByAnswer(body: string): Ground | null {
  const parts = /^11;rgba?:([\da-f]{1,4})\/([\da-f]{1,4})\/([\da-f]{1,4})/i.exec(body)?.slice(1);
  if (parts === undefined) return null;
  const [red = 0, green = 0, blue = 0] = parts.map(
    (digits) => Number.parseInt(digits, 16) / (16 ** digits.length - 1),
  );
  // Perceived brightness of gamma-encoded parts is near enough to tell black from white.
  return 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 ? 'light' : 'dark';
}
