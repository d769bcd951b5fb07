#!/bin/sh
# The processes at the top of one order, cpu or memory, and how many of them. Never their arguments.
set -eu
order=$1
limit=$2
if ps -eo pid,user:20,pcpu,pmem,rss,etime,comm --sort=-rss > /dev/null 2>&1; then
  key=-pcpu
  [ "$order" = memory ] && key=-rss
  ps -eo pid,user:20,pcpu,pmem,rss,etime,comm --sort=$key | head -n $((limit + 1))
  exit 0
fi
# Without procps: clock ticks used since the start, or resident KiB.
printf '%10s %8s %s\n' "$([ "$order" = memory ] && echo KiB || echo TICKS)" PID NAME
for directory in /proc/[0-9]*; do
  [ -r "$directory/status" ] || continue
  name=$(cat "$directory/comm" 2> /dev/null) || continue
  if [ "$order" = memory ]; then
    value=$(grep '^VmRSS:' "$directory/status" 2> /dev/null | tr -dc '0-9') || true
  else
    # Names may hold blanks and brackets: count the fields behind the last bracket.
    fields=$(cat "$directory/stat" 2> /dev/null) || continue
    set -- ${fields##*) }
    value=$((${12} + ${13}))
  fi
  printf '%10d %8d %s\n' "${value:-0}" "${directory#/proc/}" "$name"
done | sort -rn | head -n "$limit"
