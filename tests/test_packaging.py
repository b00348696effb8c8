"""What a box must carry: two extras, and not a web framework or a database server among the box's."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SERVERS_ALONE = {
    "fastapi", "starlette", "uvicorn", "jinja2", "sqlalchemy", "alembic", "apscheduler", "babel", "pydub", "gtts",
    "iotcore", "espeakng-loader", "psycopg",
}  # fmt: skip
OF_THE_BOX = {"pydantic", "joserfc", "cryptography", "paho", "wire", "device_agent"}
OPTIONAL = {"imageio_ffmpeg", "numpy"}  # the WAV player's decoder and the ear: absent is said, not fatal


def test_the_box_brings_no_web_framework_and_no_database() -> None:
    pins = (ROOT / "requirements" / "agent.txt").read_text(encoding="utf-8").splitlines()
    packages = {pin.split("==")[0].strip().lower() for pin in pins if pin and not pin.startswith("#")}
    assert packages
    assert packages & SERVERS_ALONE == set()


def test_the_box_imports_only_what_it_brings() -> None:
    imported: set[str] = set()
    for path in (*(ROOT / "device_agent").rglob("*.py"), *(ROOT / "wire").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    assert imported - set(sys.stdlib_module_names) - OF_THE_BOX - OPTIONAL == set()


def test_pins_name_no_index() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text, path
        assert "--" not in text, path
