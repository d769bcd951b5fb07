// Calls the person in front of the terminal, or in front of another window.
import { isInTmux, throughTmux } from './tmux.ts';

/** BEL, which a terminal rings, flashes or marks the window for. */
export function ringBell(): void {
  process.stdout.write('\u0007');
}

/** A notification of the desktop, by OSC 9; terminals that have none ring nothing. */
export function notifyDesktop(text: string): void {
  const request = `\u001b]9;${text.replace(/\p{Cc}/gu, '').slice(0, 200)}\u0007`;
  process.stdout.write(isInTmux() ? throughTmux(request) : request);
}
