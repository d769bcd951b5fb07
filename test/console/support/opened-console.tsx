// The whole console on a terminal of the test's own: keys in, frames out, a real session below.
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { render } from 'ink';
import { App } from '../../../src/console/app.tsx';
import { failureOf } from '../../../src/console/client/remote-refusal.ts';
import { createSession } from '../../../src/console/client/session.ts';
import { commands } from '../../../src/console/keymap/commands.ts';
import type { Looking, ProfilesDoor } from '../../../src/console/screens/console-context.ts';
import { parsePlace } from '../../../src/console/screens/place.ts';
import type { Session } from '../../../src/console/store/session.ts';
import { SettingsFrame } from '../../../src/console/settings-frame.tsx';
import {
  readSettings,
  type BellWay,
  type SettingFlags,
  type SettingWord,
} from '../../../src/console/console-settings.ts';
import { TOKEN } from './control-plane.ts';
import { eventually } from './eventually.ts';

export const keys = {
  enter: '\r',
  escape: '\u001b',
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  tab: '\t',
  pageUp: '\u001b[5~',
  ctrlS: '\u0013',
  paste: (text: string) => `\u001b[200~${text}\u001b[201~`,
} as const;

export interface OpenedConsole extends AsyncDisposable {
  readonly session: Session;
  /** The lines as they are drawn now, without colours. */
  frame(): string;
  /** Everything that was written, escapes included. */
  written(): string;
  /** How often it was drawn. */
  draws(): number;
  type(text: string): void;
  /** Turns the screen's clock on. */
  pass(ms: number): void;
  /** Waits until the frame matches, and answers it; fails with what was drawn. */
  shows(pattern: RegExp): Promise<string>;
  hides(pattern: RegExp): Promise<string>;
}

interface ConsoleSettings {
  readonly columns?: number;
  readonly rows?: number;
  readonly readOnly?: boolean;
  readonly profiles?: ProfilesDoor;
  readonly looking?: Looking;
  readonly setTitle?: (text: string) => void;
  readonly call?: (way: BellWay, text: string) => void;
  readonly flags?: Partial<SettingFlags>;
  readonly keepSetting?: (word: SettingWord, value: string) => void;
}

const noFlags: SettingFlags = { theme: 'dark', reducedMotion: false, screenReader: false, ascii: false };
const noProfiles: ProfilesDoor = {
  current: 'test',
  list: () => [],
  open: () => {},
  forget: () => {},
  signIn: () => Promise.resolve(),
};

const ownEyes: Looking = { as: null, start: () => Promise.resolve(), stop: () => {} };

const escapes = /\u001b\[[0-9;?]*[a-zA-Z]|\u001b\][^\u0007]*\u0007/g;

class Screen extends EventEmitter {
  readonly isTTY = true;
  frame = '';
  written = '';
  draws = 0;
  columns: number;
  rows: number;
  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
  }
  write = (text: string): boolean => {
    this.draws += 1;
    this.written += text;
    const plain = text.replace(escapes, '');
    if (plain.trim() !== '') this.frame = plain;
    return true;
  };
}

export function openScreen(url: string, place: string, settings: ConsoleSettings = {}): OpenedConsole {
  const { columns = 80, rows = 24, readOnly = false, looking = ownEyes } = settings;
  let passedMs = 0;
  const now = () => Date.now() + passedMs;
  const parsed = parsePlace(place);
  if ('error' in parsed) throw new Error(parsed.error);
  const session = createSession({
    profile: { name: 'test', url, token: TOKEN },
    as: looking.as ?? undefined,
  });
  const stdout = new Screen(columns, rows);
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: () => stdin,
    ref: () => stdin,
    unref: () => stdin,
  });
  const app = render(
    <SettingsFrame
      first={readSettings(() => undefined, { ...noFlags, ...settings.flags }, {}).settings}
      env={{}}
      colours={{ ground: null, depth: 'rich' }}
      background={{ subscribe: () => () => {} }}
    >
      <App
        session={session}
        server={new URL(url).host}
        first={parsed.place}
        readOnly={readOnly}
        now={now}
        failureOf={failureOf}
        profiles={settings.profiles ?? noProfiles}
        looking={looking}
        keyTable={commands}
        keepSetting={settings.keepSetting ?? (() => {})}
        reader={null}
        call={settings.call ?? (() => {})}
        setTitle={settings.setTitle ?? (() => {})}
      />
    </SettingsFrame>,
    {
      stdout: stdout as unknown as NodeJS.WriteStream,
      stdin: stdin as unknown as NodeJS.ReadStream,
      debug: true,
      interactive: true,
      exitOnCtrlC: false,
      patchConsole: false,
    },
  );
  const wait = async (holds: () => boolean, what: string) => {
    try {
      await eventually(holds);
    } catch {
      throw new Error(`the screen never ${what}; it shows:\n${stdout.frame}`);
    }
    return stdout.frame;
  };
  return {
    session,
    frame: () => stdout.frame,
    written: () => stdout.written,
    draws: () => stdout.draws,
    type: (text) => void stdin.write(text),
    pass: (ms) => {
      passedMs += ms;
    },
    shows: (pattern) => wait(() => pattern.test(stdout.frame), `showed ${pattern}`),
    hides: (pattern) => wait(() => !pattern.test(stdout.frame), `hid ${pattern}`),
    async [Symbol.asyncDispose]() {
      app.unmount();
      await session.close();
    },
  };
}
