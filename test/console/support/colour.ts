// How colours look: their contrast (WCAG 2), and how far apart they are, also for eyes without one kind of cones.

/** The names that Ink knows, as xterm paints them. */
const painted: Readonly<Record<string, string>> = {
  red: '#cd0000',
  green: '#00cd00',
  yellow: '#cdcd00',
  blue: '#0000ee',
  magenta: '#cd00cd',
  cyan: '#00cdcd',
  redBright: '#ff0000',
  greenBright: '#00ff00',
  yellowBright: '#ffff00',
  magentaBright: '#ff00ff',
  cyanBright: '#00ffff',
};

type Linear = readonly [red: number, green: number, blue: number];

/** Machado, Oliveira and Fernandes 2009, severity 1. */
export const visions = {
  all: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
} as const;
export type Vision = keyof typeof visions;

export function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(linear(a)), luminance(linear(b))].sort((one, other) => one - other);
  return (high + 0.05) / (low + 0.05);
}

/** Distance in CIE L*a*b*; about 2 can just be told from one another side by side. */
export function difference(a: string, b: string, vision: Vision): number {
  const [one, other] = [lab(seen(linear(a), vision)), lab(seen(linear(b), vision))];
  return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
}

function linear(colour: string): Linear {
  const hex = colour.startsWith('#') ? colour : painted[colour];
  if (hex === undefined) throw new Error(`${colour} is painted in no known colour`);
  const part = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [part(1), part(3), part(5)];
}

function luminance([red, green, blue]: Linear): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function seen([red, green, blue]: Linear, vision: Vision): Linear {
  const by = visions[vision];
  const row = (at: 0 | 3 | 6) => {
    const [r, g, b] = [by[at], by[(at + 1) as 1 | 4 | 7], by[(at + 2) as 2 | 5 | 8]];
    return Math.min(1, Math.max(0, r * red + g * green + b * blue));
  };
  return [row(0), row(3), row(6)];
}

function lab([red, green, blue]: Linear): Linear {
  const x = curve((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047);
  const y = curve(luminance([red, green, blue]));
  const z = curve((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function curve(value: number): number {
  return value > 0.008_856 ? Math.cbrt(value) : 7.787 * value + 16 / 116;
}
