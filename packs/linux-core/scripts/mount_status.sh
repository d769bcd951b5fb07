#!/bin/sh
# Mounts, all or of the one type given. findmnt exits 1 when nothing matches, which is an answer too.
set -eu
fstype=${1-}
if command -v findmnt > /dev/null 2>&1; then
  findmnt --list --output TARGET,SOURCE,FSTYPE,OPTIONS ${fstype:+--types "$fstype"} || [ $? -eq 1 ]
  exit 0
fi
printf 'TARGET SOURCE FSTYPE OPTIONS\n'
while read -r source target type options _; do
  if [ -z "$fstype" ] || [ "$fstype" = "$type" ]; then
    printf '%s %s %s %s\n' "$target" "$source" "$type" "$options"
  fi
done < /proc/self/mounts
