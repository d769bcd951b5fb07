// One calm line a step on stderr: what is being done, then how long it took.

/**
 * Starts a step; the answer ends it. On a terminal the seconds count up in place.
 * @param {string} what a phrase such as "installing dependencies"
 * @returns {{ done: () => void, failed: () => void }}
 */
export function startStep(what) {
  const out = process.stderr;
  const startedAt = Date.now();
  const seconds = () => ((Date.now() - startedAt) / 1000).toFixed(1);
  const show = () => out.write(`\r${what}… ${Math.floor((Date.now() - startedAt) / 1000)} s`);
  out.write(`${what}…`);
  const timer = out.isTTY ? setInterval(show, 1000) : undefined;
  const end = (/** @type {string} */ word) => {
    clearInterval(timer);
    out.write(`${out.isTTY ? `\r${what}…` : ''} ${word} ${seconds()} s\n`);
  };
  return { done: () => end('done in'), failed: () => end('failed after') };
}

/** @param {string} line */
export function note(line) {
  process.stderr.write(`${line}\n`);
}
