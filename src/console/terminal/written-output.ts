// The terminal with another way to write to it; everything else is the terminal's own.

type Change = (text: string) => string | null;
type Written = (error?: Error | null) => void;

/** `change` answers what to write in place of a text, or null when it took care of it itself. */
export function writingThrough(stdout: NodeJS.WriteStream, change: Change): NodeJS.WriteStream {
  const write = (text: string | Uint8Array, ...rest: unknown[]): boolean => {
    const changed = typeof text === 'string' ? change(text) : text;
    if (changed !== null) return stdout.write(changed, ...(rest as []));
    const done = rest.find((each) => typeof each === 'function') as Written | undefined;
    if (done !== undefined) queueMicrotask(done);
    return true;
  };
  return new Proxy(stdout, {
    get(target, name) {
      if (name === 'write') return write;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
