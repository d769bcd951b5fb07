// Finding programs the way a shell would, on the runner's own PATH and never on the action's.
import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** Absolute path of an executable file, or null. A relative directory on PATH is passed over. */
export function findProgram(
  name: string,
  environment: NodeJS.ProcessEnv,
  extraDirectories: readonly string[] = [],
): string | null {
  if (isAbsolute(name)) return isProgram(name) ? name : null;
  const directories = [...(environment['PATH'] ?? '/usr/bin:/bin').split(':'), ...extraDirectories];
  for (const directory of directories) {
    const candidate = join(directory, name);
    if (isAbsolute(directory) && isProgram(candidate)) return candidate;
  }
  return null;
}

/** True for a file that this process may execute. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
