#!/bin/sh
# Lệnh device-agent cho người lắp đặt: chạy dưới tài khoản của dịch vụ, với đúng các cài đặt của dịch vụ.
set -eu

ACCOUNT=loa
PROGRAM=/opt/commune-broadcaster/bin/device-agent
STATE=/var/lib/device-agent
CURRENT=/var/lib/device-agent-programs/current/bin/device-agent # phiên bản do đài gửi, nếu đang dùng

if [ "$(id -un)" != "$ACCOUNT" ] && [ "$(id -u)" != 0 ]; then
    echo "Hãy chạy bằng quyền quản trị: sudo device-agent $*" >&2
    exit 2
fi

export PULSE_SERVER=unix:/run/device-agent-sound/native
export DEVICE_AGENT_DATA=$STATE
set -a # những gì tệp cài đặt gán đều thành biến môi trường
# shellcheck source=/dev/null
[ ! -r /etc/default/device-agent ] || . /etc/default/device-agent
set +a

[ ! -x "$CURRENT" ] || PROGRAM=$CURRENT
cd "$STATE"
if [ "$(id -un)" = "$ACCOUNT" ]; then
    exec "$PROGRAM" "$@"
fi
result=0
runuser -u "$ACCOUNT" -- "$PROGRAM" "$@" || result=$?
if [ "$result" = 0 ] && [ "${1:-}" = enrol ] && [ -d /run/systemd/system ]; then
    systemctl restart device-agent.service
    echo 'Dịch vụ đã chạy với danh tính mới. Kiểm tra: sudo device-agent doctor'
fi
exit "$result"
