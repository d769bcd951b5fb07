export function bootstrap(
  root: string,
  run?: (command: string, words: string[], cwd: string, env: NodeJS.ProcessEnv) => Promise<void>,
): Promise<string[]>;
export function isInstalled(root: string): boolean;
export function installEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
export function takeLock(path: string, now?: () => number): Promise<() => void>;
