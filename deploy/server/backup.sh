#!/bin/sh
# Sao lưu đài trong lúc đài vẫn chạy: cơ sở dữ liệu, khóa và sổ của bộ ký, bản thu, thiết lập, tài khoản broker.
#
#   sudo loa-backup [THƯ_MỤC]      mặc định /var/backups/loa; mỗi lần một thư mục mang tên ngày giờ, giữ 14 bản mới nhất
#
# Bản thu nằm chung trong THƯ_MỤC/audio: tệp nào cũng mang tên là mã băm của nó nên chỉ cần chép một lần.
set -eu
umask 077

SETTINGS=${SETTINGS:-/etc/default/loa-server}
KEEP=14
KEEP_AUDIO_DAYS=60 # dài hơn hẳn 14 lần sao lưu hằng ngày

fail() {
    printf 'LỖI: %s\n' "$*" >&2
    exit 1
}

if [ -r "$SETTINGS" ]; then
    # shellcheck source=/dev/null
    . "$SETTINGS"
fi
data=${LOA_DATA:-/var/lib/loa}
audio=${LOA_AUDIO_CACHE:-/var/lib/loa/audio_cache}
signer=$data/signer # bộ ký là tiến trình con của đài, trừ khi có thư mục riêng
[ ! -d /var/lib/loa-signer ] || signer=/var/lib/loa-signer
signer=${LOA_SIGNER_DATA:-$signer}
python=/opt/commune-broadcaster/bin/python
[ -x "$python" ] || python=python3

place=${1:-/var/backups/loa}
name=$(date +%Y-%m-%dT%H%M%S)

copy_database() { # copy_database NGUỒN ĐÍCH: bản chép trọn vẹn của một thời điểm, dù đang có người ghi
    "$python" - "$1" "$2" <<'END'
import sqlite3, sys

source = sqlite3.connect(sys.argv[1], timeout=60)
source.execute("VACUUM INTO ?", (sys.argv[2],))
source.close()
copy = sqlite3.connect(sys.argv[2])
said = copy.execute("PRAGMA quick_check").fetchone()[0]
copy.close()
sys.exit(0 if said == "ok" else f"bản chép hỏng: {said}")
END
}

copy_station() {
    case ${LOA_DATABASE_URL:-} in
        postgresql*) as_station pg_dump --format=custom "$(plain_url)" >"$new/station.pgdump" ;;
        '') copy_database "$data/station.db" "$new/station.db" ;;
        *) fail "chưa biết sao lưu $(printf '%s' "$LOA_DATABASE_URL" | sed 's|:.*||')." ;;
    esac
}

plain_url() { # như pg_dump hiểu: không có tên chương trình nối
    printf '%s' "$LOA_DATABASE_URL" | sed 's|^postgresql+[a-z0-9]*://|postgresql://|'
}

as_station() {
    if [ "$(id -u)" = 0 ] && id loa >/dev/null 2>&1; then runuser -u loa -- "$@"; else "$@"; fi
}

copy_signer() {
    mkdir "$new/signer"
    copy_database "$signer/register.db" "$new/signer/register.db"
    for part in keys authorities; do
        [ ! -d "$signer/$part" ] || cp -a "$signer/$part" "$new/signer/"
    done
}

copy_settings() {
    mkdir "$new/etc"
    for file in "$SETTINGS" /etc/mosquitto/loa /etc/commune-broadcaster /var/lib/mosquitto/dynamic-security.json; do
        if [ -e "$file" ] && [ -r "$file" ]; then
            (cd / && cp -a --parents ".$file" "$new/etc/")
        fi
    done
}

copy_audio() {
    mkdir -p "$place/audio"
    [ -d "$audio" ] || return 0
    find "$audio" -maxdepth 1 -type f -name '????????????????????????????????????????????????????????????????' \
        | while IFS= read -r file; do
            kept=$place/audio/${file##*/}
            if [ ! -e "$kept" ]; then
                cp "$file" "$kept.new" && mv "$kept.new" "$kept"
            fi
            touch "$kept"
        done
    find "$place/audio" -type f -mtime "+$KEEP_AUDIO_DAYS" -delete
}

mkdir -p "$place"
place=$(cd "$place" && pwd)
new=$place/.$name
rm -rf "$place"/.[0-9]* # một lần sao lưu bị ngắt giữa chừng
mkdir "$new"
copy_station # trước bộ ký: bộ ký mới hơn cơ sở dữ liệu thì không sao, ngược lại thì có người chưa được biết
copy_signer
copy_audio
copy_settings
sync
mv "$new" "$place/$name"
find "$place" -mindepth 1 -maxdepth 1 -type d -name '[0-9]*T[0-9]*' | sort -r | tail -n "+$((KEEP + 1))" \
    | while IFS= read -r old; do rm -rf "$old"; done
printf 'Đã sao lưu vào %s\n' "$place/$name"
