#!/bin/sh
# ip where it exists, otherwise states and hardware addresses from /sys.
set -eu
if command -v ip > /dev/null 2>&1; then
  exec ip -brief address show
fi
for interface in /sys/class/net/*; do
  [ -r "$interface/operstate" ] || continue
  printf '%-16s %-8s %s\n' "${interface##*/}" "$(cat "$interface/operstate")" \
    "$(cat "$interface/address" 2> /dev/null || true)"
done
if [ -r /proc/net/fib_trie ]; then
  printf 'IPv4 addresses:\n'
  grep -B 1 '32 host LOCAL' /proc/net/fib_trie | grep -o '[0-9][0-9.]*$' | sort -u
fi
