"""What the commands do: each returns its exit code, and says what went wrong in one sentence on standard error.

Each imports what it needs: `read` answers in a blink, and does not wait for a web framework.
"""

import argparse
import logging
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo


def serve(_parsed: argparse.Namespace) -> int:
    """Run the station."""
    from broadcaster.serve import serve

    return _started(serve)


def signer(parsed: argparse.Namespace) -> int:
    """Run the signer, or open its book."""
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


def demo(parsed: argparse.Namespace) -> int:
    """Run a demonstration station."""
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
    from broadcaster.store.engine import DatabaseNotOpened

    try:
        return server()
    except (DataFolderError, DatabaseNotOpened, SignerDidNotStart, Refusal, WebPortTaken) as exc:
        print(exc, file=sys.stderr)
        return 1


def simulate(parsed: argparse.Namespace) -> int:
    """Hang simulated boxes at a station, or take them down."""
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


def password(parsed: argparse.Namespace) -> int:
    """Set a new password for somebody."""
    from broadcaster.console import PasswordNotReset, new_password, signer_is_apart

    try:
        print(f"Mật khẩu mới của {parsed.username}: {new_password(parsed.username)}")
        if signer_is_apart():
            told = "Bộ ký chạy riêng, chưa biết mật khẩu này: hãy gõ nó vào lệnh"
            print(f"{told}  broadcaster signer password {parsed.username}", file=sys.stderr)
    except PasswordNotReset as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


def restored(_parsed: argparse.Namespace) -> int:
    """Have the boxes obey what was restored from a backup."""
    from broadcaster.console import take_up_backup
    from broadcaster.store.engine import DatabaseNotOpened

    try:
        count = take_up_backup()
    except DatabaseNotOpened as exc:
        print(exc, file=sys.stderr)
        return 1
    print(f"Đã mở kỷ nguyên mới cho {count} đài; các bộ thu sẽ theo lịch của bản sao lưu.")
    return 0


def rehearse(parsed: argparse.Namespace) -> int:
    """Say whether tonight will work."""
    import json

    from broadcaster.rehearse import rehearse

    told = rehearse()
    if parsed.json:
        print(json.dumps({"exit_code": told.code, "stations": told.sheets}, ensure_ascii=False))
    print(*told.lines, sep="\n", file=sys.stderr if parsed.json or not told.sheets else sys.stdout)
    return told.code


def read(parsed: argparse.Namespace) -> int:
    """Read lines of standard input."""
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


def say(parsed: argparse.Namespace) -> int:
    """Write one sentence as WAV."""
    from broadcaster.say import SayFailed, say

    logging.basicConfig(level=logging.WARNING)
    try:
        say(parsed.text, parsed.output, voice=parsed.voice)
    except SayFailed as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


def release(parsed: argparse.Namespace) -> int:
    """Offer a new version of the box, or take it back."""
    from broadcaster.release import Administrator, NotReleased, release, take_back

    if (parsed.file is None) != parsed.withdraw:
        print("Cần đúng một trong hai: tệp .whl hoặc --withdraw.", file=sys.stderr)
        return 2
    try:
        if parsed.withdraw:
            lines = take_back(station=parsed.station)
        else:
            by = Administrator(username=parsed.user, password=_password_typed()) if parsed.user else None
            lines = release(parsed.file, devices=parsed.devices, station=parsed.station, by=by)
    except NotReleased as exc:
        print(exc, file=sys.stderr)
        return 1
    print(*lines, sep="\n")
    return 0


def schedule_check(parsed: argparse.Namespace) -> int:
    """Check files of a week."""
    from broadcaster.schedule import check

    today = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()
    results = [check(file, today=today, profile=parsed.profile) for file in parsed.files]
    for result in results:
        print(*result.lines, sep="\n", file=sys.stdout if result.is_usable else sys.stderr)
    return 0 if all(result.is_usable for result in results) else 1


def schedule_import(parsed: argparse.Namespace) -> int:
    """Make the week as the file has it."""
    from broadcaster.week_file import ScheduleRefused, take_in

    try:
        told = take_in(
            parsed.file, station=parsed.station, username=parsed.user, confirmed=parsed.confirm, groups=parsed.group,
            dry_run=parsed.dry_run,
        )  # fmt: skip
    except ScheduleRefused as exc:
        print(exc, file=sys.stderr)
        return 1
    print(*told.lines, sep="\n")
    return 0 if told.is_usable else 1


def schedule_export(parsed: argparse.Namespace) -> int:
    """Write the week down."""
    from broadcaster.week_file import ScheduleRefused, give_out

    try:
        text = give_out(station=parsed.station)
        if parsed.file == "-":
            print(text, end="")
        else:
            Path(parsed.file).write_text(text, encoding="utf-8")
    except ScheduleRefused as exc:
        print(exc, file=sys.stderr)
        return 1
    except OSError as exc:
        print(f"Không ghi được tệp {parsed.file}: {exc.strerror}.", file=sys.stderr)
        return 1
    return 0
