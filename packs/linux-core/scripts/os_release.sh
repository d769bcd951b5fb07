#!/bin/sh
# The distribution as it names itself, then kernel and host name.
set -eu
for file in /etc/os-release /usr/lib/os-release; do
  if [ -r "$file" ]; then
    cat "$file"
    break
  fi
done
printf 'KERNEL="%s"\nHOSTNAME="%s"\n' "$(uname -sr)" "$(uname -n)"
