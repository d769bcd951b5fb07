// Who is alive: members of a process group, and who still holds a pipe. Read from /proc; where there is none,
// only whether the group exists can be told.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** True while anything of the group lives; zombies do not count where /proc can tell them apart. */
export function isGroupAlive(groupId: number): boolean {
  try {
    process.kill(-groupId, 0);
  } catch (error) {
    // Not ours to signal is alive all the same.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const processes = allProcesses();
  return processes === null || processes.some((pid) => isLiveMember(pid, groupId));
}

/** Signals the whole group; a group that is gone is no error. */
export function signalGroup(groupId: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-groupId, signal);
  } catch {
    // Gone already, or in another account's hands; what is left is looked for afterwards.
  }
}

/** What a descriptor of a process leads to, such as `pipe:[123]`; null when it cannot be known. */
export function openFileOf(pid: number, descriptor: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/fd/${descriptor}`);
  } catch {
    return null;
  }
}

/** Processes that hold one of these files open, as `name (pid 123)`; at most ten. */
export function holdersOf(files: ReadonlySet<string>): string[] {
  const processes = (allProcesses() ?? []).filter((pid) => pid !== process.pid);
  const holds = (pid: number, descriptors: readonly number[]): boolean =>
    descriptors.some((descriptor) => files.has(openFileOf(pid, descriptor) ?? ''));
  // Nearly always the output itself was inherited; all descriptors of a large host take long to read.
  const usual = processes.filter((pid) => holds(pid, [1, 2]));
  const holders = usual.length > 0 ? usual : processes.filter((pid) => holds(pid, descriptorsOf(pid)));
  return holders.slice(0, 10).map((pid) => `${commandName(pid)} (pid ${pid})`);
}

function allProcesses(): number[] | null {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return null;
  }
}

function descriptorsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map(Number);
  } catch {
    return [];
  }
}

function isLiveMember(pid: number, groupId: number): boolean {
  const fields = statFields(pid);
  return fields !== null && fields[2] === String(groupId) && fields[0] !== 'Z' && fields[0] !== 'X';
}

// State, parent, group …: everything behind the name, which may itself hold blanks and brackets.
function statFields(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

function commandName(pid: number): string {
  try {
    return (
      readFileSync(`/proc/${pid}/comm`, 'utf8')
        .trim()
        .replace(/[^ -~]/g, '?') || 'a process'
    );
  } catch {
    return 'a process';
  }
}
