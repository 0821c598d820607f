#!/usr/bin/env bash
# Make the virtual environment in .venv from a lock file: bootstrap.sh requirements.lock
set -euo pipefail
lock=$1

say() {
    printf '%s\n%s\n' "$1" "$2" >&2
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
            echo "$candidate"
            return
        fi
    done
    say "需要 Python 3.11 或更新版本（可用 PYTHON=/路径/python3 指定）" \
        "Python 3.11 or newer is needed (PYTHON=/path/to/python3 names one)"
    return 1
}

python=$(find_python)
if [ ! -x .venv/bin/python ] || ! .venv/bin/python -c 'import pip' 2> /dev/null; then
    say "创建虚拟环境 .venv" "Making the virtual environment .venv"
    if ! "$python" -c 'import ensurepip, venv' 2> /dev/null; then
        say "$python 缺少 venv，尝试安装 python3-venv" "$python has no venv; trying to install python3-venv"
        deploy/local/install-packages.sh python3-venv
    fi
    "$python" -m venv .venv
fi
say "安装依赖（$lock），第一次约需一两分钟" "Installing what $lock names; the first time it takes a minute or two"
.venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r "$lock"
.venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
