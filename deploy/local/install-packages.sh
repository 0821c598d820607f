#!/usr/bin/env bash
# Install Debian packages (as root, or by sudo without a question) without starting the services that they bring.
set -euo pipefail

if ! command -v apt-get > /dev/null; then
    echo "本机没有 apt-get，请自行安装：$*" >&2
    echo "There is no apt-get here; please install by hand: $*" >&2
    exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2> /dev/null; then
        echo "安装需要管理员权限，请先运行：sudo apt-get install $*" >&2
        echo "Installing needs an administrator; please run first: sudo apt-get install $*" >&2
        exit 1
    fi
    as_root=(sudo -n)
fi

# Debian asks this file whether a package may start its services; 101 means no.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" > /dev/null
    "${as_root[@]}" chmod 755 "$policy"
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
