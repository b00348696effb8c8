"""The command line of the server: `serve`, `demo`, `rehearse`, `schedule`, `signer`, `password`, `read`, `say`…"""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo


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

    signer = commands.add_parser("signer", help="chạy tiến trình ký bằng người dùng riêng, hoặc mở sổ của nó")
    what = "run: chạy; admit: công nhận ngay một người; password: mật khẩu mới; log: in nhật ký"
    signer.add_argument("action", nargs="?", choices=("run", "admit", "password", "log"), default="run", help=what)
    signer.add_argument("username", nargs="?", default="", help="tên đăng nhập, cho admit và password")
    signer.add_argument("--child-of", type=int, help=argparse.SUPPRESS)
    signer.set_defaults(command=_signer)

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

    can_it = "tối nay có phát được không? Mã thoát 0: sẵn sàng, 1: có việc cần xem, 2: chưa biết"
    rehearse = commands.add_parser("rehearse", help=can_it)
    rehearse.add_argument("--json", action="store_true", help="in JSON cho chương trình khác đọc")
    rehearse.set_defaults(command=_rehearse)

    read = commands.add_parser("read", help="mỗi dòng văn bản vào, một dòng lời đọc ra")
    read.add_argument("--json", action="store_true", help="mỗi dòng ra là JSON, có từng chỗ đọc khác và chỗ chưa chắc")
    read.set_defaults(command=_read)

    say = commands.add_parser("say", help="đọc một câu thành tệp WAV")
    say.add_argument("text", help="câu cần đọc")
    say.add_argument("-o", "--output", type=Path, required=True, help="tệp WAV")
    say.add_argument("--voice", default="espeak", help="tên giọng đọc")
    say.set_defaults(command=_say)

    _add_release(commands.add_parser("agent-release", help="gửi phiên bản phần mềm mới cho bộ thu"))
    _add_schedule(commands.add_parser("schedule", help="lịch phát của đài, ghi thành tệp TOML"))
    return parser


def _add_release(release: argparse.ArgumentParser) -> None:
    release.add_argument("file", type=Path, nargs="?", metavar="TỆP", help="gói cài đặt (.whl)")
    release.add_argument("--devices", nargs="+", metavar="MÃ", help="chỉ cho các bộ thu này")
    release.add_argument("--station", metavar="MÃ", help="chỉ cho đài này")
    release.add_argument("--withdraw", action="store_true", help="rút lại mọi phiên bản đã gửi")
    release.set_defaults(command=_release)


def _add_schedule(schedule: argparse.ArgumentParser) -> None:
    """Add what can be done with a timetable as a file."""
    actions = schedule.add_subparsers(required=True, metavar="VIỆC")
    check = actions.add_parser("check", help="kiểm tra tệp lịch; mỗi lỗi ghi rõ ở dòng nào")
    check.add_argument("files", type=Path, nargs="+", metavar="TỆP", help="tệp lịch (.toml)")
    check.add_argument("--profile", metavar="MÃ", help="kiểm tra theo định mức này thay cho định mức ghi trong tệp")
    check.set_defaults(command=_schedule_check)
    take = actions.add_parser("import", help="xem tệp lịch sẽ đổi gì ở đài; thêm --apply để ghi")
    take.add_argument("file", type=Path, metavar="TỆP", help="tệp lịch (.toml)")
    take.add_argument("--station", default="", metavar="MÃ", help="mã đài; không cần khi chỉ có một đài")
    take.add_argument("--user", default="", metavar="TÊN", help="ghi dưới tên này; mặc định là người quản trị")
    take.add_argument("--apply", action="store_true", help="ghi lịch mới")
    take.add_argument("--confirm", action="append", default=[], metavar="GIỜ", help="xác nhận một giờ lạ bằng chữ")
    take.set_defaults(command=_schedule_import)
    give = actions.add_parser("export", help="ghi lịch của đài thành tệp")
    give.add_argument("file", type=Path, metavar="TỆP", help="tệp sẽ ghi; - là in ra màn hình")
    give.add_argument("--station", default="", metavar="MÃ", help="mã đài; không cần khi chỉ có một đài")
    give.set_defaults(command=_schedule_export)


def _count(text: str) -> int:
    if not (text.isdigit() and 1 <= int(text) <= 2000):
        raise argparse.ArgumentTypeError("cần một số từ 1 đến 2000")
    return int(text)


# Each command imports what it needs: `read` answers in a blink, and does not wait for a web framework.


def _serve(_parsed: argparse.Namespace) -> int:
    from broadcaster.serve import serve

    return _started(serve)


def _signer(parsed: argparse.Namespace) -> int:
    if parsed.action == "run":
        from broadcaster.signer.running import run

        return run(parent=parsed.child_of)
    from broadcaster.signer import console

    try:
        match parsed.action:
            case "admit":
                print(console.admit(parsed.username))
            case "password":
                print(console.new_password(parsed.username, _password_typed()))
            case _:
                print("\n".join(console.lines_of_log()))
    except console.SignerConsoleError as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


def _password_typed() -> str:
    """Return a password typed unseen, or one from a pipe."""
    import getpass

    return getpass.getpass("Mật khẩu: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _demo(parsed: argparse.Namespace) -> int:
    from broadcaster.demo import Broker, demo

    broker = Broker(url=parsed.broker, ca=parsed.broker_ca) if parsed.broker else None
    return _started(
        lambda: demo(data=parsed.data, port=parsed.port, devices=parsed.devices, as_json=parsed.json, broker=broker)
    )


def _started(server: Callable[[], int]) -> int:
    """Return the server's exit code; what keeps it from starting is said in one sentence."""
    from broadcaster.adapters.data_folder import DataFolderError
    from broadcaster.adapters.signing.child import SignerDidNotStart
    from broadcaster.domain.errors import Refusal
    from broadcaster.serve import WebPortTaken

    try:
        return server()
    except (DataFolderError, SignerDidNotStart, Refusal, WebPortTaken) as exc:
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


def _rehearse(parsed: argparse.Namespace) -> int:
    import json

    from broadcaster.rehearse import rehearse

    told = rehearse()
    if parsed.json:
        print(json.dumps({"exit_code": told.code, "stations": told.sheets}, ensure_ascii=False))
    print(*told.lines, sep="\n", file=sys.stderr if parsed.json or not told.sheets else sys.stdout)
    return told.code


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


def _release(parsed: argparse.Namespace) -> int:
    from broadcaster.release import NotReleased, release, take_back

    if (parsed.file is None) != parsed.withdraw:
        print("Cần đúng một trong hai: tệp .whl hoặc --withdraw.", file=sys.stderr)
        return 2
    try:
        if parsed.withdraw:
            lines = take_back(station=parsed.station)
        else:
            lines = release(parsed.file, devices=parsed.devices, station=parsed.station)
    except NotReleased as exc:
        print(exc, file=sys.stderr)
        return 1
    print(*lines, sep="\n")
    return 0


def _schedule_check(parsed: argparse.Namespace) -> int:
    from broadcaster.schedule import check

    today = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()
    results = [check(file, today=today, profile=parsed.profile) for file in parsed.files]
    for result in results:
        print(*result.lines, sep="\n", file=sys.stdout if result.is_usable else sys.stderr)
    return 0 if all(result.is_usable for result in results) else 1


def _schedule_import(parsed: argparse.Namespace) -> int:
    from broadcaster.week_file import ScheduleRefused, take_in

    try:
        told = take_in(
            parsed.file, station=parsed.station, username=parsed.user, apply=parsed.apply, confirmed=parsed.confirm
        )
    except ScheduleRefused as exc:
        print(exc, file=sys.stderr)
        return 1
    print(*told.lines, sep="\n")
    return 0 if told.is_usable else 1


def _schedule_export(parsed: argparse.Namespace) -> int:
    from broadcaster.week_file import ScheduleRefused, give_out

    try:
        text = give_out(station=parsed.station)
        if str(parsed.file) == "-":
            print(text, end="")
        else:
            parsed.file.write_text(text, encoding="utf-8")
    except (ScheduleRefused, OSError) as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
