#!/bin/sh
# Cài đài (trang web và bộ ký) lên Debian 12 hoặc Raspberry Pi OS. Chạy lại là nâng cấp: sao lưu trước, rồi mới thay.
set -eu

PREFIX=''   # thư mục thử: chỉ ghi tệp vào đó, không đụng tới hệ thống
SOURCE=''
EXTRAS=server
NAME=commune-broadcaster
HOME_DIR=/opt/$NAME
PACKAGES='ca-certificates python3-venv'
here=$(cd "$(dirname "$0")" && pwd)

usage() {
    cat <<EOF
Cách dùng: sudo sh install.sh [TỆP_WHEEL | THƯ_MỤC_MÃ_NGUỒN]

  Không chỉ nguồn thì dùng mã nguồn chứa tập lệnh này.
  --postgres         cài thêm phần nối tới PostgreSQL
  --prefix THƯ_MỤC   chạy thử: ghi mọi tệp vào THƯ_MỤC, không tạo tài khoản, không cài gói, không chạy dịch vụ
EOF
}

say() { printf '%s\n' "$*"; }

fail() {
    printf 'LỖI: %s\n' "$*" >&2
    exit 1
}

trying() { [ -n "$PREFIX" ]; }

read_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
            --prefix)
                [ $# -ge 2 ] || fail '--prefix cần một thư mục.'
                PREFIX=${2%/}
                [ -n "$PREFIX" ] || fail '--prefix cần một thư mục khác thư mục gốc.'
                shift
                ;;
            --postgres) EXTRAS=server,postgres ;;
            -h | --help) usage; exit 0 ;;
            -*) usage >&2; fail "không hiểu tùy chọn $1." ;;
            *) [ -z "$SOURCE" ] || fail 'chỉ nhận một nguồn cài đặt.'; SOURCE=$1 ;;
        esac
        shift
    done
}

check_source() {
    SOURCE=${SOURCE:-$here/../..}
    case $SOURCE in
        *.whl) [ -f "$SOURCE" ] || fail "không có tệp $SOURCE." ;;
        *) [ -f "$SOURCE/pyproject.toml" ] || fail "$SOURCE không phải tệp .whl hay thư mục mã nguồn." ;;
    esac
    SOURCE=$(cd "$(dirname "$SOURCE")" && pwd)/$(basename "$SOURCE")
}

install_packages() {
    # shellcheck disable=SC2086 # tên các gói được tách thành từng từ
    dpkg-query -W $PACKAGES >/dev/null 2>&1 && return 0
    say "Đang cài các gói: $PACKAGES"
    apt-get update -qq
    # shellcheck disable=SC2086 # như trên
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $PACKAGES
}

check_python() {
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail 'cần Python 3.11 trở lên (Debian 12).'
}

make_account() { # make_account TÊN THƯ_MỤC QUYỀN
    id "$1" >/dev/null 2>&1 || useradd --system --user-group --no-create-home --home-dir "$2" --shell /usr/sbin/nologin "$1"
    install -d -m "$3" -o "$1" -g "$1" "$2"
}

back_up_and_stop() { # bản mới có thể sửa cơ sở dữ liệu; muốn trở lại bản cũ thì cần bản sao lưu của lúc này
    if [ -x /usr/local/sbin/loa-backup ] && [ -e /var/lib/loa-signer/register.db ]; then
        /usr/local/sbin/loa-backup
    fi
    if [ -d /run/systemd/system ] && [ -e /etc/systemd/system/loa-server.service ]; then
        systemctl stop loa-server.service loa-signer.service
    fi
}

make_environment() {
    say "Đang tạo môi trường Python trong $HOME_DIR"
    install -d -m 0755 "$HOME_DIR"
    [ -x "$HOME_DIR/bin/python" ] || python3 -m venv "$HOME_DIR"
    set -- "$HOME_DIR/bin/python" -m pip install --quiet --disable-pip-version-check
    pins=$SOURCE/requirements/server.txt
    if [ -f "$pins" ]; then
        "$@" --requirement "$pins"
    fi
    "$@" "${SOURCE}[$EXTRAS]"
    # Số phiên bản có thể không đổi mà nội dung đã khác.
    "$@" --force-reinstall --no-deps "$SOURCE"
}

put() { # put QUYỀN NGUỒN ĐÍCH
    install -D -m "$1" "$here/$2" "$PREFIX$3"
}

put_files() {
    put 0755 broadcaster.sh /usr/local/bin/broadcaster
    put 0755 backup.sh /usr/local/sbin/loa-backup
    put 0755 restore.sh /usr/local/sbin/loa-restore
    for unit in loa-signer.service loa-server.service loa-backup.service loa-backup.timer; do
        put 0644 "$unit" "/etc/systemd/system/$unit"
    done
    # Tệp người giữ máy chủ có thể đã sửa thì không ghi đè.
    [ -e "$PREFIX/etc/default/loa-server" ] || put 0640 loa-server.default /etc/default/loa-server
    trying || chown root:loa /etc/default/loa-server
}

start_services() {
    if [ ! -d /run/systemd/system ]; then
        say 'Máy này không chạy systemd: các dịch vụ đã được chép nhưng chưa bật.'
        return 0
    fi
    systemctl daemon-reload
    systemctl --quiet enable --now loa-signer.service loa-server.service loa-backup.timer
}

next_step() {
    say ''
    say 'Đã cài xong. Bước tiếp theo:'
    say '    sudo nano /etc/default/loa-server      # địa chỉ của đài, broker'
    say '    sudo systemctl restart loa-server'
    say '    sudo journalctl -u loa-server -n 20    # lần đầu: địa chỉ và mã thiết lập đài'
}

main() {
    read_arguments "$@"
    check_source
    if ! trying; then
        [ "$(id -u)" = 0 ] || fail 'hãy chạy bằng quyền quản trị: sudo sh install.sh'
        install_packages
        check_python
        make_account loa /var/lib/loa 0750
        make_account loa-signer /var/lib/loa-signer 0700
        back_up_and_stop
        make_environment
    fi
    put_files
    trying || start_services
    next_step
}

main "$@"
