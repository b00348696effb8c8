#!/bin/sh
# Phục hồi đài từ một bản sao lưu của loa-backup. Những gì đang có được dời sang bên, không xóa.
#
#   sudo loa-restore /var/backups/loa/2026-11-22T023000
set -eu
umask 077

SETTINGS=${SETTINGS:-/etc/default/loa-server}
BROADCASTER=${BROADCASTER:-/usr/local/bin/broadcaster}

fail() {
    printf 'LỖI: %s\n' "$*" >&2
    exit 1
}

[ $# = 1 ] || fail 'hãy cho biết thư mục của bản sao lưu:  loa-restore /var/backups/loa/NGÀY_GIỜ'
from=${1%/}
[ -f "$from/signer/register.db" ] || fail "$from không phải bản sao lưu của loa-backup."
if [ ! -e "$SETTINGS" ] && [ -e "$from/etc$SETTINGS" ]; then
    cp -a "$from/etc$SETTINGS" "$SETTINGS"
fi
if [ -r "$SETTINGS" ]; then
    # shellcheck source=/dev/null
    . "$SETTINGS"
fi
data=${LOA_DATA:-/var/lib/loa}
audio=${LOA_AUDIO_CACHE:-/var/lib/loa/audio_cache}
signer=$data/signer # bộ ký là tiến trình con của đài, trừ khi có thư mục riêng
[ ! -d /var/lib/loa-signer ] || signer=/var/lib/loa-signer
signer=${LOA_SIGNER_DATA:-$signer}
before=truoc-phuc-hoi-$(date +%Y-%m-%dT%H%M%S)

services() { # services VIỆC
    if [ -d /run/systemd/system ] && [ "$(id -u)" = 0 ]; then
        systemctl "$1" loa-signer.service loa-server.service
    fi
}

as_station() {
    if [ "$(id -u)" = 0 ] && id loa >/dev/null 2>&1; then runuser -u loa -- "$@"; else "$@"; fi
}

restore_station() {
    if [ -f "$from/station.pgdump" ]; then
        url=$(printf '%s' "${LOA_DATABASE_URL:?chưa đặt LOA_DATABASE_URL}" | sed 's|^postgresql+[a-z0-9]*://|postgresql://|')
        as_station pg_restore --clean --if-exists --no-owner --dbname "$url" <"$from/station.pgdump"
        return
    fi
    # Tệp -wal, -shm của cơ sở dữ liệu cũ mà còn nằm cạnh bản chép là làm hỏng bản chép.
    for file in "$data"/station.db*; do
        [ ! -e "$file" ] || mv "$file" "$data/$before/"
    done
    cp "$from/station.db" "$data/station.db"
}

restore_signer() {
    mkdir -p "$signer/$before" # khóa cũ không rời thư mục của bộ ký
    for part in "$signer"/register.db* "$signer/keys" "$signer/authorities"; do
        [ ! -e "$part" ] || mv "$part" "$signer/$before/"
    done
    cp -a "$from/signer/." "$signer/"
}

restore_audio() {
    mkdir -p "$audio"
    for file in "${from%/*}"/audio/*; do
        if [ -e "$file" ] && [ ! -e "$audio/${file##*/}" ]; then
            cp "$file" "$audio/"
        fi
    done
}

give_back() { # dịch vụ chạy bằng người dùng riêng thì các tệp phải là của họ
    [ "$(id -u)" = 0 ] && id loa >/dev/null 2>&1 || return 0
    chown -R loa: "$data"
    case $signer in
        "$data"/*) ;; # bộ ký chạy như tiến trình con của đài
        *) chown -R loa-signer: "$signer" ;;
    esac
}

mkdir -p "$data"
services stop
mkdir "$data/$before"
restore_station
restore_signer
restore_audio
give_back
"$BROADCASTER" restored # từ đây bộ thu theo lịch của bản sao lưu, dù trước đó đã nhận lịch mới hơn
sync
services start
printf 'Đã phục hồi từ %s. Những gì có trước đó nằm ở %s.\n' "$from" "$data/$before"
if [ -d "$from/etc/etc/mosquitto/loa" ]; then
    printf 'Máy này mới? Chép %s/etc vào / để bộ thu nối lại được broker, rồi chạy deploy/mosquitto/setup.sh.\n' "$from"
fi
