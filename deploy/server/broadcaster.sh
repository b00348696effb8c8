#!/bin/sh
# Lệnh broadcaster cho người giữ máy chủ: chạy dưới tài khoản của dịch vụ, với đúng các thiết lập của dịch vụ.
set -eu

PROGRAM=/opt/commune-broadcaster/bin/broadcaster

case "${1:-}" in
    read | say | demo | -h | --help | --version | '') exec "$PROGRAM" "$@" ;; # không đụng tới đài
    signer) account=loa-signer ;;
    *) account=loa ;;
esac
if [ "$(id -un)" != "$account" ] && [ "$(id -u)" != 0 ]; then
    echo "Hãy chạy bằng quyền quản trị: sudo broadcaster $*" >&2
    exit 2
fi

export LOA_DATA=/var/lib/loa LOA_AUDIO_CACHE=/var/lib/loa/audio_cache LOA_SIGNER_SOCKET=/run/loa-signer/socket
if [ "$account" = loa ]; then
    set -a # những gì tệp thiết lập gán đều thành biến môi trường
    # shellcheck source=/dev/null
    [ ! -r /etc/default/loa-server ] || . /etc/default/loa-server
    set +a
else
    export LOA_SIGNER_DATA=/var/lib/loa-signer LOA_SIGNER_CLIENT=loa
fi
umask 077
if [ "$(id -un)" = "$account" ]; then
    exec "$PROGRAM" "$@"
fi
exec runuser -u "$account" -- "$PROGRAM" "$@"
