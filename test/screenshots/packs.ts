// The pack of the pictures, before and after somebody changed it on a host.
import type { PackToBuild } from '../support/pack-builder.ts';

const line = '10.0.4.$((n % 9 + 1)) - GET /api/v1/orders/$((n * 37 % 9001)) 200 $((n * 53 % 4096))';
const warning = 'upstream timed out (110) while reading response header from 10.0.8.$((n % 5))';
const follow = `n=0
while [ $n -lt 2000 ]; do
  n=$((n + 1))
  echo "${line}"
  [ $((n % 7)) -eq 0 ] && echo "${warning}" >&2
  sleep 0.05
done
`;

export const nginx: PackToBuild = {
  id: 'nginx',
  actions: [
    { name: 'test_config', command: ['nginx', '-t'] },
    { name: 'reload', command: ['nginx', '-s', 'reload'], risk: 'medium' },
    { name: 'access_log', command: ['tail', '-n', '100', '/var/log/nginx/access.log'] },
    { name: 'follow', script: follow },
  ],
};

export const nginxLater: PackToBuild = {
  id: 'nginx',
  actions: [
    { name: 'test_config', command: ['nginx', '-t'] },
    { name: 'reload', command: ['nginx', '-s', 'reload'], risk: 'high' },
    { name: 'quit', command: ['nginx', '-s', 'quit'], risk: 'critical' },
    { name: 'follow', script: follow },
  ],
};
