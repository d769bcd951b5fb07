// Which files a path argument may name: allowed and denied paths and prefixes, and the runner's protected
// roots. Decides only; what a path really leads to is asked of the resolver that is handed in.
import { posix } from 'node:path';
import { cleanPath } from './argument-coercion.ts';
import type { ArgumentValidation } from './argument-spec.ts';

/** What the file system says about one absolute path. `missing` only when no such entry exists at all. */
export type ResolvedPath =
  | { readonly found: 'path'; readonly path: string }
  | { readonly found: 'missing' }
  | { readonly found: 'unreadable' };

/** Follows every symbolic link of an absolute path. */
export type PathResolver = (path: string) => ResolvedPath;

export type PathCode =
  | 'path'
  | 'allowed_paths'
  | 'denied_paths'
  | 'allowed_prefixes'
  | 'denied_prefixes'
  | 'protected_path';
export type PathAnswer =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly code: PathCode; readonly reason: string };

/** True when any of the four lists of path rules is set. */
export function hasPathRules(rules: ArgumentValidation): boolean {
  return [rules.allowedPaths, rules.deniedPaths, rules.allowedPrefixes, rules.deniedPrefixes].some(Boolean);
}

/** Applies the path rules; the answer carries the resolved path, which replaces the argument's value. */
export function checkPathRules(value: string, rules: ArgumentValidation, resolver: PathResolver): PathAnswer {
  const path = cleanPath(value);
  if (rules.deniedPaths?.some((denied) => cleanPath(denied) === path))
    return refuse('denied_paths', 'is denied');
  if (rules.deniedPrefixes?.some((prefix) => liesIn(path, cleanPath(prefix)))) {
    return refuse('denied_prefixes', 'lies in a denied directory');
  }
  if (value.includes('\0')) return refuse('path', 'must not hold a null character');
  if (!path.startsWith('/')) return refuse('path', 'must be an absolute path');
  const resolved = resolveDeepest(path, resolver);
  if (resolved === null) return refuse('path', 'cannot be resolved');
  const ruled = (rule: string): string => resolveDeepest(cleanPath(rule), resolver) ?? cleanPath(rule);
  if (rules.allowedPaths && !rules.allowedPaths.some((allowed) => ruled(allowed) === resolved)) {
    return refuse('allowed_paths', 'is not one of the allowed paths');
  }
  if (rules.deniedPaths?.some((denied) => ruled(denied) === resolved))
    return refuse('denied_paths', 'is denied');
  if (rules.allowedPrefixes && !rules.allowedPrefixes.some((prefix) => liesIn(resolved, ruled(prefix)))) {
    return refuse('allowed_prefixes', 'is outside the allowed directories');
  }
  if (rules.deniedPrefixes?.some((prefix) => liesIn(resolved, ruled(prefix)))) {
    return refuse('denied_prefixes', 'lies in a denied directory');
  }
  return { ok: true, path: resolved };
}

/** True when the path, as written or as resolved, lies in one of the protected directories. */
export function isProtected(
  value: string,
  roots: readonly string[],
  cwd: string,
  resolver: PathResolver,
): boolean {
  const lexical = posix.resolve(cwd, value);
  const resolved = resolveDeepest(lexical, resolver);
  return roots.some((root) => {
    const cleaned = cleanPath(root);
    // Protecting `/` would refuse everything, and a relative root has no meaning here.
    if (!cleaned.startsWith('/') || cleaned === '/') return false;
    if (liesIn(lexical, cleaned)) return true;
    return resolved !== null && liesIn(resolved, resolveDeepest(cleaned, resolver) ?? cleaned);
  });
}

/** True when `path` is `directory` or below it, by whole components. */
export function liesIn(path: string, directory: string): boolean {
  return directory === '/' ? path.startsWith('/') : path === directory || path.startsWith(`${directory}/`);
}

// The missing tail of a path is attached again to its deepest existing ancestor.
function resolveDeepest(path: string, resolver: PathResolver): string | null {
  let ancestor = path;
  const tail: string[] = [];
  while (path.startsWith('/')) {
    const answer = resolver(ancestor);
    if (answer.found === 'unreadable') return null;
    if (answer.found === 'path') return posix.join(answer.path, ...tail);
    if (ancestor === '/') return null;
    tail.unshift(posix.basename(ancestor));
    ancestor = posix.dirname(ancestor);
  }
  return null;
}

function refuse(code: PathCode, reason: string): PathAnswer {
  return { ok: false, code, reason };
}
