import { afterEach, expect, test, vi } from 'vitest';
import { clipboardCaveat, copyToClipboard, OSC_52_MAX } from '../../../src/console/terminal/clipboard.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function copied(text: string): { taken: boolean; written: string } {
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((part) => {
    written.push(String(part));
    return true;
  });
  return { taken: copyToClipboard(text), written: written.join('') };
}

test('T24: a copy is one OSC 52 request, and nobody is told that it arrived', () => {
  vi.stubEnv('TMUX', '');
  const encoded = Buffer.from('naïve ✓').toString('base64');
  expect(copied('naïve ✓')).toEqual({ taken: true, written: `\u001b]52;c;${encoded}\u0007` });
  expect(clipboardCaveat()).toMatch(/no terminal confirms/);
});

test('T24: in tmux it is also handed to the terminal around it', () => {
  vi.stubEnv('TMUX', '/tmp/tmux-0/default,1,0');
  const { written } = copied('x');
  expect(written).toBe('\u001b]52;c;eA==\u0007\u001bPtmux;\u001b\u001b]52;c;eA==\u0007\u001b\\');
  expect(clipboardCaveat()).toMatch(/set-clipboard or allow-passthrough/);
});

test('T24: what is longer than terminals take is not sent at all', () => {
  const most = Math.floor(OSC_52_MAX / 4) * 3;
  expect(copied('x'.repeat(most)).taken).toBe(true);
  const tooLong = copied('x'.repeat(most + 1));
  expect(tooLong.taken).toBe(false);
  expect(tooLong.written).toBe('');
});
