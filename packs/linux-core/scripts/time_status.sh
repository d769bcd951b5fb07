#!/bin/sh
# The clock, and what systemd knows of its synchronisation.
set -eu
printf 'UTC:   %s\nLocal: %s\n' "$(date -u '+%Y-%m-%d %H:%M:%S')" "$(date '+%Y-%m-%d %H:%M:%S %Z')"
timedatectl show --property=Timezone --property=NTP --property=NTPSynchronized 2> /dev/null || true
