// Who is alive: members of a process group, and who still holds a pipe. Read from /proc; where there is none,
// only whether the group exists can be told.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Live members of a process group; zombies do not count. Null when this host has no /proc. */
export function groupMembers(groupId: number): number[] | null {
  const processes = allProcesses();
  return processes && processes.filter((pid) => isLiveMember(pid, groupId));
}

/** True while anything of the group is alive. */
export function isGroupAlive(groupId: number): boolean {
  const members = groupMembers(groupId);
  if (members !== null) return members.length > 0;
  try {
    process.kill(-groupId, 0);
    return true;
  } catch {
    return false;
  }
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
  const holders: string[] = [];
  for (const pid of allProcesses() ?? []) {
    if (pid === process.pid || !descriptorsOf(pid).some((fd) => files.has(openFileOf(pid, fd) ?? ''))) continue;
    holders.push(`${commandName(pid)} (pid ${pid})`);
    if (holders.length === 10) break;
  }
  return holders;
}

function allProcesses(): number[] | null {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
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
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim().replace(/[^ -~]/g, '?') || 'a process';
  } catch {
    return 'a process';
  }
}
