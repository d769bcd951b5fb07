// What a terminal inside of tmux must do to be heard by the one around it.

export function isInTmux(): boolean {
  return (process.env['TMUX'] ?? '') !== '';
}

/** The request for the terminal around tmux; inside of it, tmux itself hears the bare one. */
export function throughTmux(request: string): string {
  return `\u001bPtmux;${request.replaceAll('\u001b', '\u001b\u001b')}\u001b\\`;
}
