#!/bin/sh
# lscpu where it exists, otherwise the essentials of /proc/cpuinfo.
set -eu
if command -v lscpu > /dev/null 2>&1; then
  exec lscpu
fi
printf 'Architecture: %s\n' "$(uname -m)"
printf 'Processors: %s\n' "$(grep -c '^processor' /proc/cpuinfo)"
grep -m 1 -i -e '^model name' -e '^hardware' /proc/cpuinfo || true
