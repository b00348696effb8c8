"""The command line of the server: `serve`, `demo`, `rehearse`, `schedule`, `signer`, `password`, `read`, `say`…"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from broadcaster import commands


class _Version(argparse.Action):
    """`--version`, looked up only where somebody asks: `read` answers in a blink."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> NoReturn:
        from importlib.metadata import version

        sys.stdout.write(f"{version('commune-broadcaster')}\n")
        parser.exit()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 when it was done, 1 when it failed, 2 when it was not understood."""
    parsed = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = parsed.command
    return command(parsed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="broadcaster", description="Đài truyền thanh thông minh cấp xã.")
    parser.add_argument("--version", action=_Version, nargs=0, help="in số phiên bản")
    verbs = parser.add_subparsers(required=True, metavar="LỆNH")

    serve = verbs.add_parser("serve", help="chạy đài; thiết lập bằng các biến môi trường LOA_…")
    serve.set_defaults(command=commands.serve)

    signer = verbs.add_parser("signer", help="chạy tiến trình ký bằng người dùng riêng, hoặc mở sổ của nó")
    what = "run: chạy; admit: công nhận ngay một người; password: mật khẩu mới; log: in nhật ký"
    signer.add_argument("action", nargs="?", choices=("run", "admit", "password", "log"), default="run", help=what)
    signer.add_argument("username", nargs="?", default="", help="tên đăng nhập, cho admit và password")
    signer.add_argument("--child-of", type=int, help=argparse.SUPPRESS)
    signer.set_defaults(command=commands.signer)

    demo = verbs.add_parser("demo", help="chạy một đài trình diễn trọn vẹn, loa nghe được trong trình duyệt")
    demo.add_argument("--data", type=Path, default=Path("var/demo"), help="thư mục dữ liệu")
    demo.add_argument("--port", type=_number(0, 65535), default=8080, help="cổng của trang web; 0 là cổng trống bất kỳ")
    demo.add_argument("--devices", type=_number(0, 99), default=3, help="số bộ thu")
    demo.add_argument("--broker", help="dùng mosquitto thay broker nhúng: mqtts://tài-khoản:mật-khẩu@máy:cổng")
    demo.add_argument("--broker-ca", type=Path, help="tệp PEM của nơi cấp chứng chỉ cho mosquitto")
    demo.add_argument("--json", action="store_true", help="in một dòng JSON cho chương trình khác đọc")
    demo.set_defaults(command=commands.demo)

    simulate = verbs.add_parser("simulate", help="chạy nhiều bộ thu mô phỏng, không ra tiếng, để thử tải và quy hoạch")
    simulate.add_argument("--devices", type=_count, default=10, metavar="N", help="số bộ thu mô phỏng")
    simulate.add_argument("--url", help="địa chỉ của đài")
    simulate.add_argument("--admin-token", metavar="MÃ", help="mã truy cập của người quản trị hoặc kỹ thuật viên")
    simulate.add_argument("--demo", type=Path, metavar="THƯ_MỤC", help="thay cho hai mục trên: đài trình diễn ở đó")
    simulate.add_argument("--data", type=Path, default=Path("var/simulation"), help="thư mục của các bộ thu mô phỏng")
    simulate.add_argument("--no-fsync", action="store_true", help="nhật ký bộ thu không chờ ghi đĩa (chỉ để thử tải)")
    simulate.add_argument("--remove", action="store_true", help="cho mọi bộ thu mô phỏng của đài thôi hoạt động")
    simulate.add_argument("--json", action="store_true", help="in một dòng JSON cho chương trình khác đọc")
    simulate.set_defaults(command=commands.simulate)

    password = verbs.add_parser("password", help="đặt mật khẩu mới cho một tài khoản, tại chính máy chủ")
    password.add_argument("username", help="tên đăng nhập")
    password.set_defaults(command=commands.password)

    restored = verbs.add_parser(
        "restored", help="sau khi phục hồi cơ sở dữ liệu từ bản sao lưu, trước khi chạy lại đài"
    )
    restored.set_defaults(command=commands.restored)

    can_it = "tối nay có phát được không? Mã thoát 0: sẵn sàng, 1: có việc cần xem, 2: chưa biết"
    rehearse = verbs.add_parser("rehearse", help=can_it)
    rehearse.add_argument("--json", action="store_true", help="in JSON cho chương trình khác đọc")
    rehearse.set_defaults(command=commands.rehearse)

    read = verbs.add_parser("read", help="mỗi dòng văn bản vào, một dòng lời đọc ra")
    read.add_argument("--json", action="store_true", help="mỗi dòng ra là JSON, có từng chỗ đọc khác và chỗ chưa chắc")
    read.set_defaults(command=commands.read)

    say = verbs.add_parser("say", help="đọc một câu thành tệp WAV")
    say.add_argument("text", help="câu cần đọc")
    say.add_argument("-o", "--output", type=Path, required=True, help="tệp WAV")
    say.add_argument("--voice", default="espeak", help="tên giọng đọc")
    say.set_defaults(command=commands.say)

    _add_release(verbs.add_parser("agent-release", help="gửi phiên bản phần mềm mới cho bộ thu"))
    _add_schedule(verbs.add_parser("schedule", help="lịch phát của đài, ghi thành tệp TOML"))
    return parser


def _add_release(release: argparse.ArgumentParser) -> None:
    release.add_argument("file", type=Path, nargs="?", metavar="TỆP", help="gói cài đặt (.whl)")
    release.add_argument("--devices", nargs="+", metavar="MÃ", help="chỉ cho các bộ thu này")
    release.add_argument("--station", metavar="MÃ", help="chỉ cho đài này")
    release.add_argument("--user", metavar="TÊN", help="quản trị viên xác nhận bản này với bộ ký, bằng mật khẩu")
    release.add_argument("--withdraw", action="store_true", help="rút lại mọi phiên bản đã gửi")
    release.set_defaults(command=commands.release)


def _add_schedule(schedule: argparse.ArgumentParser) -> None:
    """Add what can be done with a timetable as a file."""
    actions = schedule.add_subparsers(required=True, metavar="VIỆC")
    check = actions.add_parser("check", help="kiểm tra tệp lịch; mỗi lỗi ghi rõ ở dòng nào")
    check.add_argument("files", type=Path, nargs="+", metavar="TỆP", help="tệp lịch (.toml)")
    check.add_argument("--profile", metavar="MÃ", help="kiểm tra theo định mức này thay cho định mức ghi trong tệp")
    check.set_defaults(command=commands.schedule_check)
    take = actions.add_parser("import", help="làm cho lịch của đài đúng như tệp, nếu không vướng quy định nào")
    take.add_argument("file", type=Path, metavar="TỆP", help="tệp lịch (.toml)")
    take.add_argument("--station", default="", metavar="MÃ", help="mã đài; không cần khi chỉ có một đài")
    take.add_argument("--user", default="", metavar="TÊN", help="ghi dưới tên này; mặc định là người quản trị")
    take.add_argument("--dry-run", action="store_true", help="chỉ cho biết sẽ đổi gì, không ghi")
    take.add_argument("--confirm", action="append", default=[], metavar="GIỜ", help="xác nhận một giờ lạ bằng chữ")
    take.add_argument("--group", action="append", default=[], metavar="NHÓM=THÔN,…", help="nhóm ấy gồm các thôn nào")
    take.set_defaults(command=commands.schedule_import)
    give = actions.add_parser("export", help="ghi lịch của đài thành tệp")
    give.add_argument("file", nargs="?", default="-", metavar="TỆP", help="tệp sẽ ghi; không có là in ra màn hình")
    give.add_argument("--station", default="", metavar="MÃ", help="mã đài; không cần khi chỉ có một đài")
    give.set_defaults(command=commands.schedule_export)


def _count(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= 2000):
        raise argparse.ArgumentTypeError("cần một số từ 1 đến 2000")
    return int(text)


def _number(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers from `least` to `most`."""

    def read_number(written: str) -> int:
        if not (written.isdecimal() and least <= int(written) <= most):
            raise argparse.ArgumentTypeError(f"cần một số từ {least} đến {most}, không phải {written!r}")
        return int(written)

    return read_number


if __name__ == "__main__":
    sys.exit(main())
