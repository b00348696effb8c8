#!/bin/sh
# Cài bộ thu phát thanh lên Raspberry Pi OS Lite hoặc Debian 12. Chạy lại bao nhiêu lần cũng được.
set -eu

PREFIX=''        # thư mục thử: chỉ ghi tệp vào đó, không đụng tới hệ thống
MAKE_VENV=yes
SOURCE=''
EXTRAS=agent
SETTINGS=''      # các dòng TÊN=GIÁ_TRỊ sẽ ghi vào tệp cài đặt
NAME=commune-broadcaster
ACCOUNT=loa
HOME_DIR=/opt/$NAME
STATE_DIR=/var/lib/device-agent
PROGRAMS_DIR=/var/lib/device-agent-programs
PACKAGES='alsa-utils ca-certificates mpv pulseaudio python3-venv'
here=$(cd "$(dirname "$0")" && pwd)

usage() {
    cat <<EOF
Cách dùng: sudo sh install.sh [TỆP_WHEEL | THƯ_MỤC_MÃ_NGUỒN]

  Không chỉ nguồn thì dùng mã nguồn chứa tập lệnh này.
  --ear TAI_NGHE     có micrô hoặc dây trích để tự nghe loa: pulse, pulse:NGUỒN, alsa:THIẾT_BỊ (thêm -line khi là dây trích)
  --amplifier RƠ_LE  có rơ-le đóng cắt âm-ly: gpio:SỐ, gpio-low:SỐ, hoặc 'command:LỆNH'
  --mains ĐẦU_VÀO    có đầu vào báo điện lưới: gpio:SỐ, gpio-low:SỐ, hoặc file:ĐƯỜNG_DẪN
  --button NÚT       có nút bấm báo động tại chỗ: gpiochip0/SỐ_CHÂN:SỐ_TIN, nhiều nút cách nhau bằng dấu phẩy
  --button-page ĐỊA_CHỈ_IP:CỔNG   có trang nhập mã số cho điện thoại, trên Wi-Fi của chính thiết bị
  --prefix THƯ_MỤC   chạy thử: ghi mọi tệp vào THƯ_MỤC, không tạo tài khoản, không cài gói, không chạy dịch vụ
  --no-venv          không tạo môi trường Python (chỉ dùng khi chạy thử)
EOF
}

say() { printf '%s\n' "$*"; }

fail() {
    printf 'LỖI: %s\n' "$*" >&2
    exit 1
}

trying() { [ -n "$PREFIX" ]; }

want_part() { # want_part --ear alsa:plughw:1,0
    # shellcheck disable=SC1003 # dấu gạch chéo ngược là một ký tự bị cấm
    case $2 in
        *['"$`\']* | *"
"*) fail "giá trị của $1 có ký tự không dùng được." ;;
    esac
    case $1 in
        --ear) name=EAR extra=hearing PACKAGES="$PACKAGES ffmpeg" ;; # ffmpeg giải mã bản đang phát để so với tiếng thu được
        --amplifier) name=AMPLIFIER extra=gpio ;;
        --mains) name=MAINS extra=gpio ;;
        --button) name=BUTTON extra=gpio ;;
        --button-page) name=BUTTON_PAGE extra='' ;;
    esac
    case $extra:$2 in
        gpio:gpio* | hearing:*) EXTRAS=$EXTRAS,$extra ;;
    esac
    SETTINGS="$SETTINGS
DEVICE_AGENT_$name=\"$2\""
}

read_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
            --prefix)
                [ $# -ge 2 ] || fail '--prefix cần một thư mục.'
                PREFIX=${2%/}
                [ -n "$PREFIX" ] || fail '--prefix cần một thư mục khác thư mục gốc.'
                shift
                ;;
            --no-venv) MAKE_VENV=no ;;
            --ear | --amplifier | --mains | --button | --button-page)
                [ $# -ge 2 ] || fail "$1 cần một giá trị."
                want_part "$1" "$2"
                shift
                ;;
            -h | --help) usage; exit 0 ;;
            -*) usage >&2; fail "không hiểu tùy chọn $1." ;;
            *) [ -z "$SOURCE" ] || fail 'chỉ nhận một nguồn cài đặt.'; SOURCE=$1 ;;
        esac
        shift
    done
    [ "$MAKE_VENV" = yes ] || trying || fail '--no-venv chỉ dùng cùng --prefix.'
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
    missing=''
    for package in $PACKAGES; do
        dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed$' \
            || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    say "Đang cài các gói:$missing"
    apt-get update -qq
    # shellcheck disable=SC2086 # tên các gói được tách thành từng từ
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
}

check_python() {
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
        || fail "cần Python 3.11 trở lên (Debian 12, Raspberry Pi OS Bookworm)."
}

make_account() {
    if ! id "$ACCOUNT" >/dev/null 2>&1; then
        useradd --system --user-group --no-create-home --home-dir "$STATE_DIR" --shell /usr/sbin/nologin "$ACCOUNT"
    fi
    for group in audio video gpio dialout; do # video: vcgencmd; gpio, dialout: rơ-le âm-ly trên chân hoặc cổng USB
        if getent group "$group" >/dev/null; then
            usermod --append --groups "$group" "$ACCOUNT"
        fi
    done
    install -d -m 0750 -o "$ACCOUNT" -g "$ACCOUNT" "$STATE_DIR" "$PROGRAMS_DIR"
}

make_environment() {
    [ "$MAKE_VENV" = yes ] || return 0
    target=$PREFIX$HOME_DIR
    say "Đang tạo môi trường Python trong $target"
    install -d -m 0755 "$target"
    [ -x "$target/bin/python" ] || python3 -m venv "$target"
    set -- "$target/bin/python" -m pip install --quiet --disable-pip-version-check
    pins=$SOURCE/requirements/agent.txt
    if [ -f "$pins" ]; then
        "$@" --requirement "$pins"
    fi
    # Chỉ bộ thu có tai nghe mới cần numpy, chỉ bộ thu có rơ-le trên chân GPIO mới cần gpiod.
    "$@" "${SOURCE}[$EXTRAS]"
    # Số phiên bản có thể không đổi mà nội dung đã khác.
    "$@" --force-reinstall --no-deps "$SOURCE"
}

forget_versions() { # cài tại chỗ thì dùng bản vừa cài; phiên bản đài muốn sẽ được gửi và thử lại
    rm -f "$PREFIX$PROGRAMS_DIR/current" "$PREFIX$PROGRAMS_DIR/state.json"
}

put() { # put QUYỀN NGUỒN ĐÍCH
    install -D -m "$1" "$here/$2" "$PREFIX$3"
}

put_files() {
    put 0755 device-agent.sh /usr/local/bin/device-agent
    put 0644 device-agent.service /etc/systemd/system/device-agent.service
    put 0644 device-agent-sound.service /etc/systemd/system/device-agent-sound.service
    put 0644 sound.pa /etc/device-agent/sound.pa
    put 0644 journald.conf /etc/systemd/journald.conf.d/device-agent.conf
    # Tệp người lắp đặt có thể đã sửa thì không ghi đè.
    [ -e "$PREFIX/etc/default/device-agent" ] || put 0644 device-agent.default /etc/default/device-agent
    write_settings "$PREFIX/etc/default/device-agent"
}

write_settings() { # thay dòng cũ của cùng cài đặt; những dòng khác giữ nguyên
    printf '%s\n' "$SETTINGS" | while IFS= read -r line; do
        [ -n "$line" ] || continue
        grep -v "^${line%%=*}=" "$1" >"$1.new" || true
        printf '%s\n' "$line" >>"$1.new"
        cat "$1.new" >"$1"
        rm "$1.new"
    done
}

start_services() {
    if [ ! -d /run/systemd/system ]; then
        say 'Máy này không chạy systemd: các dịch vụ đã được chép nhưng chưa bật.'
        return 0
    fi
    # PulseAudio của người đăng nhập sẽ giành mất cạc âm thanh.
    systemctl --global --quiet disable pulseaudio.socket pulseaudio.service 2>/dev/null || true
    systemctl daemon-reload
    systemctl restart systemd-journald
    systemctl --quiet enable device-agent-sound.service device-agent.service
    systemctl restart device-agent-sound.service
    # Chưa ghép với đài thì dịch vụ này tự đứng chờ.
    systemctl restart device-agent.service
}

next_step() {
    say ''
    if [ -e "$PREFIX$STATE_DIR/identity.json" ]; then
        say 'Đã cài xong; thiết bị này đã ghép với đài từ trước. Kiểm tra:'
        say '    sudo device-agent doctor'
        return 0
    fi
    say 'Đã cài xong. Bước tiếp theo: lấy mã lắp đặt ở trang Cụm loa của đài, rồi chạy:'
    say '    sudo device-agent enrol ĐỊA_CHỈ_ĐÀI MÃ'
}

main() {
    read_arguments "$@"
    check_source
    if ! trying; then
        [ "$(id -u)" = 0 ] || fail 'hãy chạy bằng quyền quản trị: sudo sh install.sh'
        install_packages
    fi
    check_python
    trying || make_account
    make_environment
    forget_versions
    put_files
    trying || start_services
    next_step
}

main "$@"
