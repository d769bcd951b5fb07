// The clipboard of the terminal, by OSC 52: works over ssh, and needs no mouse. Nothing ever answers.

import { isInTmux, throughTmux } from './tmux.ts';

/** Characters of base64 that terminals take. */
export const OSC_52_MAX = 74_994;

/** Asks the terminal to put `text` on its clipboard; false when it is longer than terminals take. */
export function copyToClipboard(text: string): boolean {
  const encoded = Buffer.from(text).toString('base64');
  if (encoded.length > OSC_52_MAX) return false;
  const request = `\u001b]52;c;${encoded}\u0007`;
  process.stdout.write(isInTmux() ? request + throughTmux(request) : request);
  return true;
}

/** What stands between a request and the clipboard, in words; nobody can know whether it arrived. */
export function clipboardCaveat(): string {
  return isInTmux()
    ? '(tmux passes it on with set-clipboard or allow-passthrough on)'
    : '(no terminal confirms that)';
}
