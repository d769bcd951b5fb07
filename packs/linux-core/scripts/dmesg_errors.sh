#!/bin/sh
# The latest kernel messages at error level and above. The exit code is dmesg's: it may need the superuser.
set -eu
messages=$(dmesg --level=emerg,alert,crit,err)
if [ -n "$messages" ]; then
  printf '%s\n' "$messages" | tail -n "$1"
fi
