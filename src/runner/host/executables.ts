// Whether a program that an action names can be started on this host.
import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** True when `name` (absolute, or looked up along `searchPath`) is a file that we may execute. */
export function isExecutable(name: string, searchPath: string): boolean {
  if (isAbsolute(name)) return mayExecute(name);
  if (name === '' || name.includes('/')) return false;
  return searchPath.split(':').some((folder) => isAbsolute(folder) && mayExecute(join(folder, name)));
}

function mayExecute(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
