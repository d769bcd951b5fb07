// What must die with the runner: the kernel kills an action whose runner was killed, but not the action's own
// children. A small shell outlives the runner by a moment and ends the process groups.
import { spawn, type ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';

// Reads `+ GROUP` and `- GROUP`; at the end of its input, which is the end of the runner, kills what is left.
const program = `
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) groups="\${groups%%" $group "*} \${groups#*" $group "}" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
`;

export interface GroupGuard {
  /** The group is killed should the runner die before `release`. */
  protect(groupId: number): void;
  release(groupId: number): void;
  /** Ends the guard; what is still protected is killed. */
  close(): void;
}

/** Starts guarding with the first group; where no shell can be started there is no guard. */
export function createGroupGuard(): GroupGuard {
  const groups = new Set<number>();
  let guard: ChildProcess | null = null;
  const tell = (line: string): void => {
    if (guard?.stdin?.writable) guard.stdin.write(line);
  };
  const start = (): void => {
    const started = startShell();
    guard = started;
    started.on('exit', () => {
      if (guard === started) guard = null;
    });
    for (const group of groups) tell(`+ ${group}\n`);
  };
  return {
    protect(groupId) {
      groups.add(groupId);
      if (guard) tell(`+ ${groupId}\n`);
      else start();
    },
    release(groupId) {
      if (groups.delete(groupId)) tell(`- ${groupId}\n`);
    },
    close() {
      guard?.stdin?.end();
      guard = null;
    },
  };
}

function startShell(): ChildProcess {
  // A group of its own, so that what is typed at the runner's terminal does not end the guard first.
  const shell = spawn('/bin/sh', ['-c', program], {
    detached: true,
    env: {},
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.on('error', () => {});
  shell.stdin?.on('error', () => {});
  // Neither may keep the runner alive.
  shell.unref();
  (shell.stdin as (Writable & { unref?(): void }) | null)?.unref?.();
  return shell;
}
