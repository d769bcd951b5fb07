// What terminals answer to questions that others asked before: colours, names, versions. It arrives as if it
// was typed, and every letter of it would be a key (T25).

const ESC = '\u001b';
/** OSC, DCS, SOS, PM, APC, each with what an answer has next: an Alt key alone is none of them. */
const begin = /\u001b(?:\](?=\d)|P(?=[\d>!$+])|[X^_](?=\S))/g;
/** BEL, ST in both forms, and the two controls that break a string off. */
const end = /\u0007|\u001b\\|[\u009c\u0018\u001a]/;
/** An answer that did not end by then was none. */
const PATIENCE_MS = 500;

/** As much of an answer as anybody wants to read. */
const BODY_MAX = 256;

/**
 * Keeps its place between chunks: hand it every chunk in order, and it gives back what was typed. `onAnswer` is
 * told the body of every answer.
 */
export function createAnswerFilter(
  now: () => number = Date.now,
  onAnswer: (body: string) => void = () => {},
): (chunk: string) => string {
  let begunAt: number | null = null;
  let halfEnd = false;
  let body = '';
  return (chunk) => {
    if (begunAt !== null && now() - begunAt > PATIENCE_MS) begunAt = null;
    let rest = halfEnd && begunAt !== null ? ESC + chunk : chunk;
    halfEnd = false;
    let typed = '';
    for (;;) {
      if (begunAt !== null) {
        const over = end.exec(rest);
        if (over === null) {
          halfEnd = rest.endsWith(ESC);
          body = (body + (halfEnd ? rest.slice(0, -1) : rest)).slice(0, BODY_MAX);
          return typed;
        }
        onAnswer((body + rest.slice(0, over.index)).slice(0, BODY_MAX));
        rest = rest.slice(over.index + over[0].length);
        begunAt = null;
      }
      begin.lastIndex = 0;
      const answer = begin.exec(rest);
      if (answer === null) return typed + rest;
      typed += rest.slice(0, answer.index);
      rest = rest.slice(answer.index + answer[0].length);
      begunAt = now();
      body = '';
    }
  };
}

/** The same input without late answers; everything but reading is the terminal's own. */
export function withoutLateAnswers(
  input: NodeJS.ReadStream,
  filter: (chunk: string) => string,
): NodeJS.ReadStream {
  const read = (size?: number): unknown => {
    const chunk: unknown = input.read(size);
    return typeof chunk === 'string' ? filter(chunk) : chunk;
  };
  return new Proxy(input, {
    get(target, name) {
      if (name === 'read') return read;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
