// Exactly which variables a child process gets: the action's own, a small baseline, and what the host's
// configuration names. Nothing of the runner's own environment leaks by default.
import type { ArgumentValues } from '../../packs/arguments.ts';
import { renderEnvValue, type Rendering, type Template } from '../../packs/template.ts';

const baseline = ['PATH', 'LANG', 'LC_ALL', 'TERM'] as const;

/** Why a name may not be in `execution.inherit_env`, or null. */
export function inheritEnvFault(name: string): string | null {
  if (name === '' || /[=\0]/.test(name)) return 'is not a variable name';
  if (name.startsWith('EMISAR_')) return "is one of the runner's own settings or secrets";
  if (/^(LD_|DYLD_)/.test(name) || name === 'BASH_ENV' || name === 'NODE_OPTIONS') {
    return 'would change which code every action loads';
  }
  return null;
}

export interface ChildEnvironment {
  /** Names in the order in which the journal lists them: the action's sorted, then the inherited ones. */
  readonly names: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

/** The environment of one call. Names that may not be inherited are left out, whatever was configured. */
export function childEnvironment(
  templates: ReadonlyMap<string, Template>,
  values: ArgumentValues,
  inheritEnv: readonly string[],
  own: NodeJS.ProcessEnv,
): Rendering<ChildEnvironment> {
  const variables: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const name of [...templates.keys()].sort()) {
    const rendered = renderEnvValue(templates.get(name) ?? [], values);
    if (!rendered.ok)
      return { ok: false, because: `the variable ${name} cannot be set: ${rendered.because}` };
    variables[name] = rendered.value;
  }
  for (const name of [...baseline, ...inheritEnv]) {
    const value = own[name];
    if (value === undefined || name in variables || inheritEnvFault(name) !== null) continue;
    variables[name] = value;
  }
  return { ok: true, value: { names: Object.keys(variables), variables } };
}
