#!/bin/sh
# Makes the virtual environment .venv, on a fresh Debian or Raspberry Pi OS too. Called by the Makefile.
# Usage: venv.sh DIRECTORY [PYTHON]
set -eu
venv=$1
python=${2:-python3}

say() { printf '%s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

if ! command -v "$python" >/dev/null; then
    say "Chưa có $python. Hãy cài Python 3.11 trở lên:  sudo apt-get install python3 python3-venv"
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    say "Cần Python 3.11 trở lên; $python là $("$python" -c 'import platform; print(platform.python_version())')."
    exit 1
fi
if [ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    say "Python này chưa tạo được môi trường ảo; đang cài gói python3-venv..."
    if ! { command -v apt-get >/dev/null && as_root apt-get update -qq \
        && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >&2; }; then
        say "Không tự cài được. Hãy chạy lệnh sau rồi thử lại:  sudo apt-get install python3-venv"
        exit 1
    fi
fi
"$python" -m venv --clear "$venv"
