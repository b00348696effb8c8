#!/bin/sh
# Sets mosquitto up for a station: TLS with a certificate authority of its own, one account for the station's server, no anonymous
# access, and the dynamic security plugin, by which the server makes one account a box. Safe to run again.
#
#   sudo deploy/mosquitto/setup.sh --name broker.xa-an-binh.vn [--name 203.0.113.7] [--port 8883]
#
#   --name NAME   a name or IP address by which boxes and server reach this broker (repeat for more; the first is shown)
#   --port PORT   8883 unless said
#   --bind ADDR   listen on this address only
#   --prefix DIR  put everything below DIR and start nothing, to try it out
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
prefix="" port=8883 bind="" names=""
while [ $# -gt 0 ]; do
    case $1 in
        --name) names="$names $2"; shift 2 ;;
        --port) port=$2; shift 2 ;;
        --bind) bind=" $2"; shift 2 ;;
        --prefix) prefix=$2; shift 2 ;;
        *) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
done

fail() { printf '%s\n' "$*" >&2; exit 1; }
[ -n "$names" ] || fail "Hãy cho biết tên hoặc địa chỉ của broker:  setup.sh --name broker.xa-cua-toi.vn"
if [ -z "$prefix" ] && [ "$(id -u)" != 0 ]; then fail "Hãy chạy bằng quyền quản trị:  sudo $0 …"; fi

PATH=$PATH:/usr/sbin:/sbin
etc=$prefix/etc/mosquitto state=$prefix/var/lib/mosquitto secret=$prefix/etc/commune-broadcaster
umask 077

install_mosquitto() {
    if command -v mosquitto >/dev/null && command -v openssl >/dev/null; then return; fi
    [ -z "$prefix" ] && command -v apt-get >/dev/null || fail "Chưa có mosquitto hoặc openssl:  sudo apt-get install mosquitto openssl"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mosquitto openssl
}

find_plugin() {
    for plugin in /usr/lib/*/mosquitto_dynamic_security.so /usr/lib/mosquitto_dynamic_security.so \
        /usr/local/lib/mosquitto_dynamic_security.so; do
        if [ -e "$plugin" ]; then return; fi
    done
    fail "Không thấy mosquitto_dynamic_security.so: cần mosquitto 2.0 trở lên."
}

# Who may read what the broker reads: the account under which mosquitto runs.
owner=$(id -un)
if [ -z "$prefix" ]; then owner=mosquitto; fi
give() { # FILE MODE
    if [ -z "$prefix" ]; then chown "root:$owner" "$1"; fi
    chmod "$2" "$1"
}

make_authority() {
    if [ -e "$etc/loa/ca.key" ]; then return; fi
    openssl ecparam -name prime256v1 -genkey -noout -out "$etc/loa/ca.key"
    openssl req -x509 -new -key "$etc/loa/ca.key" -sha256 -days 7300 -out "$etc/loa/ca.crt" \
        -subj "/CN=Loa truyen thanh - CA rieng $(openssl rand -hex 4)" \
        -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" 2>/dev/null
    give "$etc/loa/ca.crt" 644
}

alternative_names() {
    list=""
    for name in $names; do
        case $name in
            *:*) list="$list,IP:$name" ;;
            *[!0-9.]*) list="$list,DNS:$name" ;;
            *) list="$list,IP:$name" ;;
        esac
    done
    printf '%s' "${list#,}"
}

# A new certificate when there is none, when its names changed, and in its last year.
make_certificate() {
    wanted=$(alternative_names)
    if [ -e "$etc/loa/server.crt" ] && [ "$(cat "$etc/loa/server.names" 2>/dev/null)" = "$wanted" ] \
        && openssl x509 -in "$etc/loa/server.crt" -noout -checkend 31536000 >/dev/null; then return; fi
    openssl ecparam -name prime256v1 -genkey -noout -out "$etc/loa/server.key"
    openssl req -new -key "$etc/loa/server.key" -subj "/CN=Loa truyen thanh - broker" -out "$etc/loa/server.csr" 2>/dev/null
    printf '%s\n' "basicConstraints=critical,CA:FALSE" "keyUsage=critical,digitalSignature" "extendedKeyUsage=serverAuth" \
        "subjectKeyIdentifier=hash" "authorityKeyIdentifier=keyid" "subjectAltName=$wanted" >"$etc/loa/server.ext"
    openssl x509 -req -in "$etc/loa/server.csr" -CA "$etc/loa/ca.crt" -CAkey "$etc/loa/ca.key" -CAcreateserial -sha256 \
        -days 1825 -extfile "$etc/loa/server.ext" -out "$etc/loa/server.crt" 2>/dev/null
    rm -f "$etc/loa/server.csr" "$etc/loa/server.ext"
    printf '%s' "$wanted" >"$etc/loa/server.names"
    give "$etc/loa/server.crt" 644
    give "$etc/loa/server.key" 640
}

# The plugin keeps PBKDF2-HMAC-SHA512, 64 bytes, in base64 (mosquitto 2.0).
make_station_account() {
    if [ -e "$state/dynamic-security.json" ]; then
        [ -e "$secret/broker-password" ] || fail "Có $state/dynamic-security.json nhưng mất $secret/broker-password. " \
            "Muốn làm lại từ đầu (mọi bộ thu phải lắp đặt lại): xóa tệp trước rồi chạy lại lệnh này."
        return
    fi
    iterations=10000
    salt=$(openssl rand -base64 12)
    hexsalt=$(printf '%s' "$salt" | base64 -d | od -An -tx1 | tr -d ' \n')
    openssl rand -hex 24 >"$secret/broker-password.new"
    hash=$(openssl kdf -keylen 64 -kdfopt digest:SHA512 -kdfopt "pass:$(cat "$secret/broker-password.new")" \
        -kdfopt "hexsalt:$hexsalt" -kdfopt "iter:$iterations" -binary PBKDF2 | base64 -w0)
    [ ${#hash} -eq 88 ] || fail "openssl trên máy này không tính được PBKDF2: cần OpenSSL 3 (Debian 12, Raspberry Pi OS bookworm trở lên)."
    sed -e "s|@HASH@|$hash|" -e "s|@SALT@|$salt|" -e "s|@ITERATIONS@|$iterations|" \
        "$here/dynamic-security.json" >"$state/dynamic-security.json"
    if [ -z "$prefix" ]; then chown "$owner:$owner" "$state/dynamic-security.json"; fi
    chmod 600 "$state/dynamic-security.json"
    mv "$secret/broker-password.new" "$secret/broker-password"
}

write_configuration() {
    log="file $prefix/var/log/mosquitto/mosquitto.log"
    if [ -n "$prefix" ]; then log=stderr; fi
    sed -e "s|@USER@|$owner|" -e "s|@STATE@|$state|" -e "s|@ETC@|$etc|" -e "s|@PORT@|$port|" -e "s|@BIND@|$bind|" \
        -e "s|@PLUGIN@|$plugin|" -e "s|@LOG@|$log|" "$here/mosquitto.conf" >"$etc/mosquitto.conf.new"
    if [ -e "$etc/mosquitto.conf" ] && ! grep -q "deploy/mosquitto/setup.sh" "$etc/mosquitto.conf"; then
        mv "$etc/mosquitto.conf" "$etc/mosquitto.conf.before-loa"
    fi
    mv "$etc/mosquitto.conf.new" "$etc/mosquitto.conf"
    chmod 644 "$etc/mosquitto.conf"
}

start_broker() {
    if [ -n "$prefix" ] || ! [ -d /run/systemd/system ]; then return; fi
    systemctl enable --quiet mosquitto
    systemctl restart mosquitto
    sleep 1
    systemctl is-active --quiet mosquitto || fail "mosquitto không chạy được; xem:  journalctl -u mosquitto -n 30"
}

install_mosquitto
find_plugin
mkdir -p "$etc/loa" "$state" "$secret"
chmod 755 "$etc" "$etc/loa"
if [ -z "$prefix" ]; then chown "$owner:$owner" "$state"; fi
make_authority
make_certificate
make_station_account
write_configuration
start_broker

# shellcheck disable=SC2086  # a list of words on purpose
set -- $names
cat <<END
Broker MQTT đã sẵn sàng ở cổng $port. Khai báo cho máy chủ của đài:

  LOA_BROKER_URL=mqtts://loa-station:MẬT-KHẨU@$1:$port     (mật khẩu nằm trong $secret/broker-password)
  LOA_BROKER_PUBLIC_URL=mqtts://$1:$port
  LOA_BROKER_CA=$etc/loa/ca.crt
  LOA_BROKER_ACCOUNTS=mosquitto

Nếu đài chạy trên máy khác, chép sang đó tệp $etc/loa/ca.crt (không phải ca.key). Hãy cất một bản ca.key ở nơi an toàn.
END
