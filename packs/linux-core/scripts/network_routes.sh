#!/bin/sh
# Routes of one address family: inet or inet6. Without ip the kernel's own tables, in its notation.
set -eu
family=$1
if command -v ip > /dev/null 2>&1; then
  exec ip -family "$family" route show
fi
if [ "$family" = inet6 ]; then
  exec cat /proc/net/ipv6_route
fi
# Addresses stand there as hexadecimal numbers with the lowest byte first.
address() {
  printf '%d.%d.%d.%d' "0x$(printf %s "$1" | cut -c7-8)" "0x$(printf %s "$1" | cut -c5-6)" \
    "0x$(printf %s "$1" | cut -c3-4)" "0x$(printf %s "$1" | cut -c1-2)"
}
while read -r interface destination gateway _ _ _ metric mask _; do
  [ "$interface" = Iface ] && continue
  printf '%s mask %s via %s dev %s metric %s\n' "$(address "$destination")" "$(address "$mask")" \
    "$(address "$gateway")" "$interface" "$metric"
done < /proc/net/route
