#!/bin/sh
# Pressure stall information, one block a resource.
set -eu
if [ ! -d /proc/pressure ]; then
  echo 'This kernel does not measure pressure.'
  exit 0
fi
for resource in cpu memory io; do
  printf '%s:\n' "$resource"
  cat "/proc/pressure/$resource" 2> /dev/null || echo 'not available'
done
