"""The command line of the server: `serve`, `demo`, `simulate`, `password`, `read`, `say`."""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 when it was done, 1 when it failed, 2 when it was not understood."""
    parsed = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = parsed.command
    return command(parsed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="broadcaster", description="Đài truyền thanh thông minh cấp xã.")
    commands = parser.add_subparsers(required=True, metavar="LỆNH")

    serve = commands.add_parser("serve", help="chạy đài; thiết lập bằng các biến môi trường LOA_…")
    serve.set_defaults(command=_serve)

    demo = commands.add_parser("demo", help="chạy một đài trình diễn trọn vẹn, loa nghe được trong trình duyệt")
    demo.add_argument("--data", type=Path, default=Path("var/demo"), help="thư mục dữ liệu")
    demo.add_argument("--port", type=_number(0, 65535), default=8080, help="cổng của trang web; 0 là cổng trống bất kỳ")
    demo.add_argument("--devices", type=_number(0, 99), default=3, help="số bộ thu")
    demo.add_argument("--broker", help="dùng mosquitto thay broker nhúng: mqtts://tài-khoản:mật-khẩu@máy:cổng")
    demo.add_argument("--broker-ca", type=Path, help="tệp PEM của nơi cấp chứng chỉ cho mosquitto")
    demo.add_argument("--json", action="store_true", help="in một dòng JSON cho chương trình khác đọc")
    demo.set_defaults(command=_demo)

    simulate = commands.add_parser(
        "simulate", help="chạy nhiều bộ thu mô phỏng, không ra tiếng, để thử tải và quy hoạch"
    )
    simulate.add_argument("--devices", type=_count, default=10, metavar="N", help="số bộ thu mô phỏng")
    simulate.add_argument("--url", help="địa chỉ của đài")
    simulate.add_argument("--admin-token", metavar="MÃ", help="mã truy cập của người quản trị hoặc kỹ thuật viên")
    simulate.add_argument("--demo", type=Path, metavar="THƯ_MỤC", help="thay cho hai mục trên: đài trình diễn ở đó")
    simulate.add_argument("--data", type=Path, default=Path("var/simulation"), help="thư mục của các bộ thu mô phỏng")
    simulate.add_argument("--no-fsync", action="store_true", help="nhật ký bộ thu không chờ ghi đĩa (chỉ để thử tải)")
    simulate.add_argument("--remove", action="store_true", help="cho mọi bộ thu mô phỏng của đài thôi hoạt động")
    simulate.add_argument("--json", action="store_true", help="in một dòng JSON cho chương trình khác đọc")
    simulate.set_defaults(command=_simulate)

    password = commands.add_parser("password", help="đặt mật khẩu mới cho một tài khoản, tại chính máy chủ")
    password.add_argument("username", help="tên đăng nhập")
    password.set_defaults(command=_password)

    read = commands.add_parser("read", help="mỗi dòng văn bản vào, một dòng lời đọc ra")
    read.add_argument("--json", action="store_true", help="mỗi dòng ra là JSON, có từng chỗ đọc khác và chỗ chưa chắc")
    read.set_defaults(command=_read)

    say = commands.add_parser("say", help="đọc một câu thành tệp WAV")
    say.add_argument("text", help="câu cần đọc")
    say.add_argument("-o", "--output", type=Path, required=True, help="tệp WAV")
    say.add_argument("--voice", default="espeak", help="tên giọng đọc")
    say.set_defaults(command=_say)
    return parser


def _count(text: str) -> int:
    if not (text.isdigit() and 1 <= int(text) <= 2000):
        raise argparse.ArgumentTypeError("cần một số từ 1 đến 2000")
    return int(text)


# Each command imports what it needs: `read` answers in a blink, and does not wait for a web framework.


def _serve(_parsed: argparse.Namespace) -> int:
    from broadcaster.serve import serve

    return _started(serve)


def _demo(parsed: argparse.Namespace) -> int:
    from broadcaster.demo import Broker, demo

    broker = Broker(url=parsed.broker, ca=parsed.broker_ca) if parsed.broker else None
    return _started(
        lambda: demo(data=parsed.data, port=parsed.port, devices=parsed.devices, as_json=parsed.json, broker=broker)
    )


def _started(server: Callable[[], int]) -> int:
    """Return the server's exit code; what keeps it from starting is said in one sentence."""
    from broadcaster.adapters.data_folder import DataFolderError
    from broadcaster.adapters.keys import KeyMissing
    from broadcaster.domain.errors import Refusal
    from broadcaster.serve import WebPortTaken

    try:
        return server()
    except (DataFolderError, KeyMissing, Refusal, WebPortTaken) as exc:
        print(exc, file=sys.stderr)
        return 1


def _number(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers from `least` to `most`."""

    def read_number(written: str) -> int:
        if not (written.isdecimal() and least <= int(written) <= most):
            raise argparse.ArgumentTypeError(f"cần một số từ {least} đến {most}, không phải {written!r}")
        return int(written)

    return read_number


def _simulate(parsed: argparse.Namespace) -> int:
    from broadcaster.simulate import SimulationFailed, remove, simulate, station_of

    try:
        station = station_of(url=parsed.url, token=parsed.admin_token, demo=parsed.demo)
        if parsed.remove:
            print(f"Đã cho {remove(station)} bộ thu mô phỏng thôi hoạt động; báo cáo của chúng vẫn được giữ.")
            return 0
        synced = not parsed.no_fsync
        return simulate(station, devices=parsed.devices, data=parsed.data, as_json=parsed.json, synced=synced)
    except SimulationFailed as exc:
        print(exc, file=sys.stderr)
        return 1


def _password(parsed: argparse.Namespace) -> int:
    from broadcaster.console import PasswordNotReset, new_password

    try:
        print(f"Mật khẩu mới của {parsed.username}: {new_password(parsed.username)}")
    except PasswordNotReset as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


def _read(parsed: argparse.Namespace) -> int:
    import dataclasses
    import json

    from broadcaster.reading.reader import read

    sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr] # a text stream at the rim
    sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)  # type: ignore[union-attr] # as above
    for line in sys.stdin:
        reading = read(line.rstrip("\r\n"), document=False)
        if parsed.json:
            spans = [dataclasses.asdict(span) | {"unsure": span.unsure} for span in reading.spans]
            notices = [dataclasses.asdict(notice) for notice in reading.notices]
            shown = {"written": reading.written, "spoken": reading.spoken, "spans": spans, "notices": notices}
            print(json.dumps(shown, ensure_ascii=False))
        else:
            print(reading.spoken)
    return 0


def _say(parsed: argparse.Namespace) -> int:
    from broadcaster.say import SayFailed, say

    logging.basicConfig(level=logging.WARNING)
    try:
        say(parsed.text, parsed.output, voice=parsed.voice)
    except SayFailed as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
