// A shell with job control in a pseudo terminal, as a person has it.
import { expect } from 'vitest';
import { keys, startPty, type Pty } from './pty.ts';

/** Its prompt tells the code of the last command. */
export async function openShellWith(env: Record<string, string>): Promise<Pty> {
  const shell = startPty('bash', ['--norc', '--noprofile', '-i'], {
    columns: 100,
    rows: 30,
    env: { PS1: 'ready:$? ', ...env },
  });
  await shell.shows(/ready:0 $/m);
  return shell;
}

/** The shell answers, in its own screen, with echo, a cursor, and none of the modes that the console used. */
export async function expectGivenBack(shell: Pty, code: number): Promise<void> {
  await shell.shows(new RegExp(`ready:${code} $`, 'm'));
  expect(shell.terminal.buffer.active.type).toBe('normal');
  shell.type(
    `stty -a | tr ';' '\\n' | tr ' ' '\\n' | grep -xE -- '-?(icanon|echo|isig)' | tr '\\n' ' '; echo modes${keys.enter}`,
  );
  await shell.shows(/^isig icanon echo modes/m);
  const { modes } = shell.terminal;
  expect(modes.mouseTrackingMode).toBe('none');
  expect(modes.synchronizedOutputMode).toBe(false);
  // The last word about the cursor was to show it; bash itself turns paste mode on at its prompt.
  expect(shell.raw().lastIndexOf('\u001b[?25h')).toBeGreaterThan(shell.raw().lastIndexOf('\u001b[?25l'));
}
