// `:theme light`, `:bell off`, `:motion reduced`: changed at once, and kept for the next time.
import {
  parseSetting,
  settingWords,
  shownSetting,
  type ConsoleSettings,
  type SettingWord,
} from './console-settings.ts';
import { useSettings } from './settings-frame.tsx';
import type { Session } from './store/session.ts';

/** Answers what runs such a line; that answers false for a line that is about something else. */
export function useSettingCommands(
  session: Pick<Session, 'notify' | 'notifyFailure'>,
  keep: (word: SettingWord, value: string) => void,
): (text: string) => boolean {
  const { settings, change } = useSettings();
  return (text) => {
    const wanted = parseSetting(text);
    if (wanted === null) return false;
    if ('error' in wanted) session.notify({ tone: 'caution', text: wanted.error });
    else if (wanted.value === null) session.notify({ tone: 'plain', ...said(settings, wanted.word) });
    else set(wanted.word, wanted.value);
    return true;
  };

  function set(word: SettingWord, value: string): void {
    change(word, value);
    try {
      keep(word, value);
      session.notify({ tone: 'good', text: `${word} is ${value}, now and the next time` });
    } catch (error) {
      session.notifyFailure(error);
    }
  }
}

function said(settings: ConsoleSettings, word: SettingWord): { text: string; fix: string } {
  return {
    text: `${word} is ${shownSetting(settings, word)}`,
    fix: `:${word} ${settingWords[word].join(' | ')}`,
  };
}
