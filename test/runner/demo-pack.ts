// A pack on a real disk with actions that a test can see: one that answers, one that goes on, one that tells
// its environment.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const action = (id: string, command: string, title = 'Demo') => `schema_version: 1
id: ${id}
title: ${title}
description: A demo.
kind: exec
risk: low
side_effects: [none]
args: []
execution: {command: ${command}, timeout: 60s, cancel_grace: 2s}
output: {max_stdout_bytes: 65536, max_stderr_bytes: 1024}
`;

const count = `schema_version: 1
id: demo.count
title: Count
description: Counts to eighty, slowly.
kind: script
risk: low
side_effects: [none]
args: []
execution: {script: {path: scripts/count.sh, interpreter: /bin/sh}, timeout: 60s}
output: {max_stdout_bytes: 65536, max_stderr_bytes: 1024}
`;

/** Writes the pack `demo` below `folder` and answers its directory. */
export function writeDemoPack(folder: string, title = 'Ping'): string {
  const pack = join(folder, 'demo');
  mkdirSync(join(pack, 'actions'), { recursive: true });
  writeFileSync(
    join(pack, 'pack.yaml'),
    'schema_version: 1\nid: demo\nname: Demo\nversion: 1.0.0\ndescription: A demo.\n' +
      'actions: [actions/ping.yaml, actions/go-on.yaml, actions/env.yaml, actions/rare.yaml, actions/count.yaml]\n',
  );
  const write = (name: string, text: string) => writeFileSync(join(pack, 'actions', `${name}.yaml`), text);
  write('ping', action('demo.ping', '{binary: echo, argv: [pong]}', title));
  write('go-on', action('demo.go_on', '{binary: sleep, argv: ["50"]}'));
  write('env', action('demo.env', '{binary: env, argv: []}'));
  write('count', count);
  mkdirSync(join(pack, 'scripts'), { recursive: true });
  writeFileSync(
    join(pack, 'scripts/count.sh'),
    'i=1\nwhile [ $i -le 80 ]; do echo "line $i"; i=$((i+1)); sleep 0.02; done\n',
  );
  write('rare', action('demo.rare', '{binary: emisar-test-rare, argv: []}'));
  return pack;
}
