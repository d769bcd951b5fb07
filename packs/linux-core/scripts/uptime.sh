#!/bin/sh
# Uptime and load from the kernel alone, so that it works without procps.
set -eu
read -r up _ < /proc/uptime
read -r one five fifteen tasks _ < /proc/loadavg
seconds=${up%%.*}
days=$((seconds / 86400))
printf '%s up %d days, %02d:%02d, load average: %s, %s, %s, tasks: %s runnable of %s\n' \
  "$(date -u +%H:%M:%SZ)" "$days" "$((seconds % 86400 / 3600))" "$((seconds % 3600 / 60))" \
  "$one" "$five" "$fifteen" "${tasks%/*}" "${tasks#*/}"
