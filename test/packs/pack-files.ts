// Texts of small packs that tests write to disk; the byte counts of the vectors depend on every character.

export function demoManifest(version: string, actions: readonly string[]): string {
  const lines = [
    'schema_version: 1',
    'id: demo',
    'name: Demo',
    `version: ${version}`,
    'description: Demo pack.',
  ];
  return `${[...lines, 'actions:', ...actions.map((path) => `  - ${path}`)].join('\n')}\n`;
}

export const pingAction = `schema_version: 1
id: demo.ping
title: Ping
kind: exec
risk: low
description: Says pong.
side_effects: [none]
args: []
execution:
  command: {binary: echo, argv: [pong]}
  timeout: 5s
output: {max_stdout_bytes: 1024, max_stderr_bytes: 1024}
`;

export const runScript = '#!/bin/sh\nexec echo hi\n';

export function runAction(id: string): string {
  return `schema_version: 1
id: ${id}
title: Run
kind: script
risk: low
description: Runs a script.
side_effects: [none]
args: []
execution:
  script: {path: scripts/run.sh, interpreter: /bin/sh}
  timeout: 5s
output: {max_stdout_bytes: 1024, max_stderr_bytes: 1024}
`;
}

/** An action file from parts; `top` and `args` are YAML lines, `argv` is a flow list. */
export function actionFile(parts: {
  top?: string;
  args?: string;
  command?: string;
  execution?: string;
  output?: string;
}): string {
  return `schema_version: 1
id: demo.act
title: Act
kind: exec
risk: low
side_effects: [none]
${parts.top ?? 'description: Acts.'}
${parts.args ? `args:\n${parts.args}` : 'args: []'}
execution:
  command: ${parts.command ?? '{binary: echo}'}
  ${parts.execution ?? 'timeout: 5s'}
output: ${parts.output ?? '{max_stdout_bytes: 10, max_stderr_bytes: 10}'}
`;
}
