// The masking rules that every action gets: well-known credentials, whatever prints them.
// Sources are written in the common subset of RE2 and V8 syntax, without flags, and never match a line end.

export interface BuiltinRule {
  readonly name: string;
  readonly source: string;
  readonly replacement: string;
  /** A cheap test: false means that the rule cannot match anywhere in the text. */
  readonly mayMatch: (text: string) => boolean;
}

const hasAny =
  (...literals: readonly string[]) =>
  (text: string): boolean =>
    literals.some((literal) => text.includes(literal));

// Letter by letter, as the two engines disagree about what else folds to k and s.
function anyCase(word: string): string {
  return word.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

const secretWords = [
  'password',
  'passwd',
  'passphrase',
  'pwd',
  'client secret',
  'secret',
  'token',
  'api key',
  'access key',
  'private key',
  'account key',
  'signing key',
  'encryption key',
  'cookie key',
  'session key',
  'dsn',
  'connection string',
  'conn str',
  'credentials',
  'credential',
  'salt',
  'pepper',
  'database url',
  'db url',
  'redis url',
  'amqp url',
  'smtp url',
];
// `secret key`, `access token`, `aws secret access key` and the like are these words with parts around them,
// or joined without a separator; the joined forms must be listed.
const joinedWords = [
  'access token',
  'refresh token',
  'id token',
  'auth token',
  'session token',
  'aws session token',
  'secret key base',
  'secret key',
  'aws secret access key',
  'secret access key',
  'aws access key',
];
const secretName = [...joinedWords, ...secretWords]
  .map((words) => anyCase(words).replaceAll(' ', '[-_ ]?'))
  .join('|');
const namePart = '[A-Za-z0-9_.-]';
const nameRest = `(?:[._-]${namePart}*)?`;
const separator = '[ \\t]*(?::=|=>|[:=])[ \\t]*';
const doubleQuoted = '"(?:[^"\\\\\\r\\n]|\\\\[^\\r\\n])*"';
const singleQuoted = "'(?:[^'\\\\\\r\\n]|\\\\[^\\r\\n])*'";
const bare = '[^ \\t\\r\\n]+';

const secretTrigger = /pass|pwd|secret|token|key|dsn|conn|credential|salt|pepper|url/i;

function rule(
  name: string,
  source: string,
  replacement: string,
  mayMatch: BuiltinRule['mayMatch'],
): BuiltinRule {
  return { name, source, replacement, mayMatch };
}

/** Applied in this order; the two private-key rules stand between, see redaction.ts. */
export const tokenRules: readonly BuiltinRule[] = [
  rule('bearer-token', `\\b${anyCase('bearer')}[ \\t]+[A-Za-z0-9._~+/=-]{8,}`, 'Bearer [REDACTED]', (text) =>
    /bearer/i.test(text),
  ),
  rule('basic-auth', `\\b${anyCase('basic')}[ \\t]+[A-Za-z0-9+/=_-]{8,}`, 'Basic [REDACTED]', (text) =>
    /basic/i.test(text),
  ),
  rule(
    'jwt',
    '\\beyJ[A-Za-z0-9_-]{5,}\\.[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}',
    '[REDACTED_JWT]',
    hasAny('eyJ'),
  ),
  rule(
    'emisar-token',
    '(\\b|_)(?:emk|rnrtok|emor|emoc|emop|emo|emkey-enroll|emkey-auth|tskey-auth)-[A-Za-z0-9_-]{30,}',
    '${1}[REDACTED_EMISAR_TOKEN]',
    hasAny('emk', 'rnrtok-', 'emo', 'tskey-auth-'),
  ),
  rule('aws-access-key', '(?:AKIA|ASIA)[A-Z0-9]{16}', '[REDACTED_AWS_KEY]', hasAny('AKIA', 'ASIA')),
  rule(
    'github-token',
    'gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{22,}',
    '[REDACTED_GH_TOKEN]',
    hasAny('ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'),
  ),
  rule('gitlab-token', 'glpat-[A-Za-z0-9_-]{20,}', '[REDACTED_GITLAB_TOKEN]', hasAny('glpat-')),
  rule('slack-token', 'xox[baprs]-[A-Za-z0-9-]{10,}', '[REDACTED_SLACK_TOKEN]', hasAny('xox')),
  rule(
    'stripe-secret-key',
    '(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}',
    '[REDACTED_STRIPE_KEY]',
    hasAny('k_live_', 'k_test_'),
  ),
  rule(
    'openai-api-key',
    '\\b(?:sk-(?:proj|svcacct)-[A-Za-z0-9_-]{20,}|sk-[A-Za-z0-9]{32,})',
    '[REDACTED_OPENAI_KEY]',
    hasAny('sk-'),
  ),
  rule(
    'anthropic-api-key',
    'sk-ant-api[0-9]{2}-[A-Za-z0-9_-]{20,}',
    '[REDACTED_ANTHROPIC_KEY]',
    hasAny('sk-ant-api'),
  ),
  rule('google-api-key', 'AIza[A-Za-z0-9_-]{35}', '[REDACTED_GOOGLE_API_KEY]', hasAny('AIza')),
  rule('npm-token', 'npm_[A-Za-z0-9]{36}', '[REDACTED_NPM_TOKEN]', hasAny('npm_')),
  rule(
    'sendgrid-api-key',
    'SG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,}',
    '[REDACTED_SENDGRID_KEY]',
    hasAny('SG.'),
  ),
];

/** Applied after the private-key rules, in this order. */
export const contextRules: readonly BuiltinRule[] = [
  rule(
    'url-credentials',
    '\\b([A-Za-z][A-Za-z0-9+.-]*://)[^ \\t\\r\\n/:@]*:[^ \\t\\r\\n/]*@',
    '${1}[REDACTED]@',
    hasAny('://'),
  ),
  rule(
    'cookie-header',
    `\\b(${anyCase('set-cookie')}|${anyCase('cookie')}):[^\\r\\n]+`,
    '${1}: [REDACTED]',
    (text) => /cookie:/i.test(text),
  ),
  rule(
    'json-secret-field',
    // An unterminated string (output cut at its cap) is masked to the end of the line.
    `("(?:${namePart}*[._-])?(?:${secretName})${nameRest}"[ \\t]*:[ \\t]*)${doubleQuoted}?`,
    '${1}"[REDACTED]"',
    (text) => text.includes('"') && secretTrigger.test(text),
  ),
  rule(
    'secret-assignment',
    // After a closing double quote only a bare value: a quoted one is a JSON field and was masked before.
    `((?:\\b|_)(?:${secretName})${nameRest}(?:'?${separator}))(?:${doubleQuoted}|${singleQuoted}|${bare})` +
      `|((?:\\b|_)(?:${secretName})${nameRest}\\\\?"${separator})[^ \\t\\r\\n"]${bare.replace('+', '*')}`,
    '${1}${2}[REDACTED]',
    (text) => secretTrigger.test(text),
  ),
];
