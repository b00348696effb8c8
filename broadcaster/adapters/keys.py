"""The stations' signing keys on the server's disk, one Ed25519 pair each, readable by the server alone."""

from pathlib import Path

from joserfc.jwk import OKPKey
from pydantic import BaseModel

from broadcaster.adapters.durable import write_durably
from wire.seal import SealError, load_key, new_key, private_pem, public_pem, seal


class KeyMissing(Exception):  # noqa: N818 - reads as what is wrong
    """A station's key is not on the disk: a database without its keys was restored."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"Không đọc được khóa ký của đài ở {path}. Hãy chép lại thư mục khóa từ bản sao lưu; "
            "nếu mất hẳn, mọi bộ thu phải được lắp đặt lại."
        )


class KeyUnreadable(KeyMissing):
    """The file is there, but there is no key in it, or it may not be read."""


class StationKeys:
    """Keys in `folder`, read once and kept in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, OKPKey] = {}

    def make(self, station: str) -> None:
        """Give a station its key; one that it has already stays."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(station)
        if not path.exists():
            write_durably(path, private_pem(new_key()).encode(), mode=0o600)

    def public_pem(self, station: str) -> str:
        """Return what a box checks the station's signatures with."""
        return public_pem(self._key(station))

    def seal(self, station: str, message: BaseModel) -> bytes:
        """Return `message` signed by the station. Raises KeyMissing."""
        return seal(message, self._key(station))

    def _key(self, station: str) -> OKPKey:
        if station not in self._known:
            path = self._path(station)
            if not path.exists():
                raise KeyMissing(path)
            try:
                self._known[station] = load_key(path.read_text())
            except (SealError, OSError, ValueError) as exc:
                raise KeyUnreadable(path) from exc
        return self._known[station]

    def _path(self, station: str) -> Path:
        return self._folder / f"{station}.pem"
