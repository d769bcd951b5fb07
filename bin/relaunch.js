// The second start of a program, under a newer Node than the one it was started with. Where a process can
// be replaced it is; elsewhere the new one is a child and this process passes on what reaches only itself.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';

/**
 * The Node that a checkout brings along, if it is there.
 * @param {URL} root of the package
 * @returns {string | undefined} path of the binary
 */
export function findNode(root) {
  const places = ['.bin/node', `node-${process.platform}-${process.arch}/bin/node`];
  return places
    .map((place) => fileURLToPath(new URL(`node_modules/${place}`, root)))
    .find((path) => existsSync(path));
}

/**
 * Never returns where execve exists; else this process ends as the child does.
 * @param {string} node
 * @param {string[]} argv as in process.argv
 */
export function startUnder(node, argv) {
  // Options of Node itself (--inspect, --import) were meant for the program, not for the launcher.
  const args = [...process.execArgv, ...argv.slice(1)];
  if (typeof process.execve === 'function') process.execve(node, [node, ...args]);
  const child = spawn(node, args, { stdio: 'inherit' });
  /** @type {NodeJS.Signals[]} */
  const passedOn = ['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGINT'];
  for (const signal of passedOn) {
    process.on(signal, () => {
      if (!terminalSentItToBoth(signal)) child.kill(signal);
    });
  }
  child.on('error', (error) => {
    process.stderr.write(`cannot start ${node}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1);
    for (const each of passedOn) process.removeAllListeners(each);
    process.kill(process.pid, signal);
    // A signal that is ignored here, or only reported: the shell's way of saying the same.
    setTimeout(() => process.exit(1), 1000);
  });
}

/**
 * A terminal sends ctrl-c and ctrl-\ to every process of its foreground group, so the child has it already
 * and a second one would mean "at once". Hang-up is always passed on: twice is harmless, lost is not.
 * Stopping (ctrl-z) and continuing need nothing: both are in one group and neither catches them here.
 * @param {NodeJS.Signals} signal
 */
function terminalSentItToBoth(signal) {
  return (signal === 'SIGINT' || signal === 'SIGQUIT') && isInForeground();
}

function isInForeground() {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    // After the name: state, parent, group, session, terminal, the terminal's foreground group.
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return group === foreground;
  } catch {
    return isatty(0);
  }
}
