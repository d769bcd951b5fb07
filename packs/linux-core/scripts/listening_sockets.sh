#!/bin/sh
# Sockets that wait for peers: all, tcp or udp. Without ss the kernel's tables are decoded.
set -eu
protocol=$1
if command -v ss > /dev/null 2>&1; then
  case $protocol in
    tcp) exec ss --listening --numeric --tcp ;;
    udp) exec ss --listening --numeric --udp ;;
    *) exec ss --listening --numeric --tcp --udp ;;
  esac
fi
# State 0A is a listening TCP socket, 07 an unconnected UDP one. Addresses stay hexadecimal.
list() {
  [ -r "/proc/net/$1" ] || return 0
  while read -r _ local _ state _; do
    [ "$state" = "$2" ] || continue
    printf '%-5s %s port %d\n' "$1" "${local%:*}" "0x${local##*:}"
  done < "/proc/net/$1"
}
if [ "$protocol" != udp ]; then
  list tcp 0A
  list tcp6 0A
fi
if [ "$protocol" != tcp ]; then
  list udp 07
  list udp6 07
fi
