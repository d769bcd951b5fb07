// The theme that the drawn tree uses.
import { createContext, useContext } from 'react';
import { themeNamed, type Theme } from './theme.ts';

export const ThemeContext = createContext<Theme>(themeNamed('dark'));

export function useTheme(): Theme {
  return useContext(ThemeContext);
}
