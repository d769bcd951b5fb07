#!/bin/sh
# Memory and swap in MiB, from /proc/meminfo.
set -eu
total=0 free=0 available=0 buffers=0 cached=0 reclaimable=0 swap_total=0 swap_free=0
while read -r name value _; do
  case $name in
    MemTotal:) total=$value ;;
    MemFree:) free=$value ;;
    MemAvailable:) available=$value ;;
    Buffers:) buffers=$value ;;
    Cached:) cached=$value ;;
    SReclaimable:) reclaimable=$value ;;
    SwapTotal:) swap_total=$value ;;
    SwapFree:) swap_free=$value ;;
  esac
done < /proc/meminfo
cache=$((buffers + cached + reclaimable))
printf '%-6s %10s %10s %10s %10s %10s\n' MiB total used free cache available
printf '%-6s %10d %10d %10d %10d %10d\n' memory $((total / 1024)) $(((total - available) / 1024)) \
  $((free / 1024)) $((cache / 1024)) $((available / 1024))
printf '%-6s %10d %10d %10d\n' swap $((swap_total / 1024)) $(((swap_total - swap_free) / 1024)) $((swap_free / 1024))
