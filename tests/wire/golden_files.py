"""The golden files: every message kind as it was released, sealed by a test key, to be read for ever.

`python -m tests.wire.golden_files` seals each new JSON file of the present version and writes its checksums down. It
never touches a file that is already released: a changed format gets a new file beside the old one.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from tests.wire.kinds import ENROLMENT_KINDS, SIGNED_KINDS
from wire import enrolment, seal
from wire.messages import Value

ROOT = Path(__file__).parent / "golden"
CURRENT = ROOT / "v1"
CODE = "7K3M9QXT2WBC4DFG"  # of the enrolment examples; worth nothing anywhere else
CHECKSUMS = "RELEASED.sha256"


def examples() -> list[Path]:
    """Return the plain JSON files of every version."""
    return sorted(ROOT.glob("v*/*.json"))


def body_of(example: Path) -> dict[str, Any]:
    """Return the example's message as plain JSON values."""
    body: dict[str, Any] = json.loads(example.read_text(encoding="utf-8"))
    return body


def model_of(body: dict[str, Any]) -> type[Value]:
    """Return the message that such a body is."""
    return (SIGNED_KINDS | ENROLMENT_KINDS)[body["kind"]]


def sealed_beside(example: Path) -> Path:
    """Return where the sealed form of that example lies."""
    return example.with_suffix(".jwe" if body_of(example)["kind"] in ENROLMENT_KINDS else ".jws")


def open_beside(example: Path) -> Value:
    """Return the message that the sealed form beside the example holds."""
    model, sealed = model_of(body_of(example)), sealed_beside(example).read_bytes()
    if sealed_beside(example).suffix == ".jwe":
        return enrolment.open_with_code(sealed.decode("ascii"), CODE, model)
    return seal.open_sealed(sealed, seal.load_key((example.parent / "public.pem").read_text(encoding="ascii")), model)


def released(version: Path) -> dict[str, str]:
    """Return the checksum of every released file of a version, by its name."""
    lines = (version / CHECKSUMS).read_text(encoding="ascii").splitlines()
    return {name: checksum for checksum, name in (line.split("  ", 1) for line in lines)}


def checksum_of(file: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _seal_new() -> None:
    for example in sorted(CURRENT.glob("*.json")):
        beside = sealed_beside(example)
        if not beside.exists():
            beside.write_bytes(_sealed(example))


def _sealed(example: Path) -> bytes:
    message = model_of(body_of(example)).model_validate_json(example.read_bytes())
    if sealed_beside(example).suffix == ".jwe":
        return enrolment.seal_with_code(message, CODE).sealed.encode("ascii")
    return seal.seal(message, seal.load_key((CURRENT / "private.pem").read_text(encoding="ascii")))


def _write_checksums() -> None:
    known = released(CURRENT) if (CURRENT / CHECKSUMS).exists() else {}
    files = sorted(file for file in CURRENT.iterdir() if file.name != CHECKSUMS)
    lines = [f"{known.get(file.name) or checksum_of(file)}  {file.name}\n" for file in files]
    (CURRENT / CHECKSUMS).write_text("".join(lines), encoding="ascii")


if __name__ == "__main__":
    _seal_new()
    _write_checksums()
