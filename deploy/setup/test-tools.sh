#!/bin/sh
# Installs the programs that the tests start, where this may be done without asking anybody; says what is missing otherwise.
# The tests themselves skip what they cannot do and say so at their end; with CI=true a skipped test is a failure.
set -eu

# program:package
wanted="mosquitto:mosquitto mosquitto_pub:mosquitto-clients chromium:chromium mpv:mpv pulseaudio:pulseaudio
pactl:pulseaudio-utils sox:sox msgfmt:gettext zbarimg:zbar-tools openssl:openssl pg_createcluster:postgresql shellcheck:shellcheck fc-match:fontconfig ip:iproute2 nft:nftables strace:strace chrt:util-linux icecast2:icecast2"
PATH=$PATH:/usr/sbin:/sbin

missing_packages() {
    for pair in $wanted; do
        command -v "${pair%%:*}" >/dev/null || printf '%s ' "${pair##*:}"
    done
}

missing=$(missing_packages)
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then sudo=""; else sudo="sudo -n"; fi
if command -v apt-get >/dev/null && { [ -z "$sudo" ] || $sudo true 2>/dev/null; }; then
    echo "Đang cài các chương trình dùng khi kiểm thử: $missing" >&2
    # shellcheck disable=SC2086  # both are lists of words on purpose
    { $sudo apt-get update -qq \
        && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null; } || true
    missing=$(missing_packages)
fi
if [ -n "$missing" ]; then
    echo "Còn thiếu: $missing" >&2
    echo "Những phép thử cần đến chúng sẽ bị bỏ qua và được nêu tên ở cuối. Để thử đủ:  sudo apt-get install $missing" >&2
fi
