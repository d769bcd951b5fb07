// The settings while the console runs, around everything that is drawn; the theme follows from them and from the
// background that the terminal has.
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { withSetting, type ConsoleSettings, type SettingWord } from './console-settings.ts';
import type { BackgroundQuestion } from './terminal/background.ts';
import { chooseTheme, type TerminalColours } from './theme/choose-theme.ts';
import { ThemeContext } from './theme/theme-context.ts';

export interface SettingsDoor {
  readonly settings: ConsoleSettings;
  /** Changes it for now; whoever asks for that also keeps it. */
  readonly change: (word: SettingWord, value: string) => void;
}

const plain: ConsoleSettings = {
  theme: 'auto',
  bell: 'off',
  reducedMotion: false,
  screenReader: false,
  ascii: false,
};

const SettingsContext = createContext<SettingsDoor>({ settings: plain, change: () => {} });

export function useSettings(): SettingsDoor {
  return useContext(SettingsContext);
}

interface SettingsFrameProps {
  readonly first: ConsoleSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As far as the environment tells. */
  readonly colours: TerminalColours;
  readonly background: Pick<BackgroundQuestion, 'subscribe'>;
  readonly children: ReactNode;
}

export function SettingsFrame({ first, env, colours, background, children }: SettingsFrameProps) {
  const [settings, setSettings] = useState(first);
  const [ground, setGround] = useState(colours.ground);
  useEffect(() => background.subscribe(setGround), [background]);
  const door = useMemo(
    (): SettingsDoor => ({
      settings,
      change: (word, value) => setSettings((before) => withSetting(before, word, value)),
    }),
    [settings],
  );
  const theme = chooseTheme(settings.theme, env, { ground, depth: colours.depth });
  return (
    <SettingsContext value={door}>
      <ThemeContext value={theme}>{children}</ThemeContext>
    </SettingsContext>
  );
}
