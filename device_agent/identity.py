"""Who this box is: its key pair, its station, its broker account. Written at enrolment, read at every start."""

from dataclasses import dataclass
from pathlib import Path

from joserfc.jwk import OKPKey
from pydantic import ValidationError

from device_agent import durable
from device_agent.os_words import in_words
from wire import seal
from wire.enrolment import BrokerAccount, EnrolReply
from wire.messages import Value

IDENTITY_FILE = "identity.json"
KEY_FILE = "device-key.pem"


class IdentityError(Exception):
    """The box cannot say who it is; the message is for the technician, in Vietnamese."""


class NotEnrolled(IdentityError):  # noqa: N818 - a state of the box; IdentityError is its base
    """There is no identity in the data directory."""

    def __init__(self, data: Path) -> None:
        super().__init__(
            f"Thiết bị chưa được ghép với đài (không có {data / IDENTITY_FILE}). Hãy chạy: device-agent enrol"
        )


class BrokenIdentity(IdentityError):  # noqa: N818 - see NotEnrolled
    """The identity is there and cannot be used."""

    def __init__(self, data: Path, *, why: str) -> None:
        super().__init__(
            f"Danh tính của thiết bị trong {data} bị hỏng ({why}). Hãy ghép lại: device-agent enrol --again"
        )


class UnreadableIdentity(IdentityError):  # noqa: N818 - see NotEnrolled
    """Whoever asks may not read it."""

    def __init__(self, data: Path) -> None:
        super().__init__(
            f"Không đủ quyền đọc danh tính của thiết bị trong {data}. Hãy chạy bằng quyền quản trị (sudo)."
        )


class _Stored(Value):
    """What `identity.json` holds: the station's answer, and which key was made for it."""

    reply: EnrolReply
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`key` signs what goes up, `station_key` checks what comes down."""

    station: str
    device: str
    cluster: str
    hamlet: str
    key: OKPKey
    station_key: OKPKey
    broker: BrokerAccount


def exists(data: Path) -> bool:
    """Return whether the box was enrolled before."""
    return (data / IDENTITY_FILE).exists()


def store(data: Path, reply: EnrolReply, *, key: OKPKey) -> None:
    """Write the identity so that a power cut leaves the old one or the new one. Raises OSError."""
    data.mkdir(parents=True, exist_ok=True)
    pem = seal.private_pem(key)
    content = _Stored(reply=reply, key_id=seal.key_id(key)).model_dump_json(indent=2)
    # The key has a name of its own, so that the identity, written last, always names a key that is there.
    durable.write(data / f"{seal.key_id(key)}.{KEY_FILE}", pem.encode(), mode=0o600)
    durable.write(data / IDENTITY_FILE, content.encode(), mode=0o600)
    _forget_other_keys(data, seal.key_id(key))


def load(data: Path) -> Identity:
    """Return the box's identity. Raises NotEnrolled, BrokenIdentity or UnreadableIdentity."""
    try:
        stored = _Stored.model_validate_json((data / IDENTITY_FILE).read_bytes())
        key = seal.load_key((data / f"{stored.key_id}.{KEY_FILE}").read_text())
        station_key = seal.load_key(stored.reply.station_key_pem)
    except FileNotFoundError as exc:
        if exists(data):
            raise BrokenIdentity(data, why="thiếu khóa riêng") from exc
        raise NotEnrolled(data) from exc
    except PermissionError as exc:
        raise UnreadableIdentity(data) from exc
    except OSError as exc:
        raise BrokenIdentity(data, why=in_words(exc)) from exc
    except (ValidationError, UnicodeDecodeError) as exc:
        raise BrokenIdentity(data, why="nội dung không đọc được") from exc
    except seal.SealError as exc:
        raise BrokenIdentity(data, why="khóa không đọc được") from exc
    reply = stored.reply
    return Identity(
        station=reply.station, device=reply.device, cluster=reply.cluster, hamlet=reply.hamlet,
        key=key, station_key=station_key, broker=reply.broker,
    )  # fmt: skip


def _forget_other_keys(data: Path, key_id: str) -> None:
    for path in data.glob(f"*.{KEY_FILE}"):
        if path.name != f"{key_id}.{KEY_FILE}":
            path.unlink()
