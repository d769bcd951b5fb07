#!/bin/sh
# lsblk where it exists, otherwise the kernel's list of partitions.
set -eu
if command -v lsblk > /dev/null 2>&1; then
  exec lsblk --output NAME,SIZE,TYPE,FSTYPE,RO,MOUNTPOINT
fi
exec cat /proc/partitions
