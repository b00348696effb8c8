"""Every message that the server's pages can show, extracted from its code and its templates."""

from pathlib import Path

from babel.messages.extract import extract_from_dir

ROOT = Path(__file__).parents[3] / "broadcaster"
KEYWORDS = {"_": None, "N_": None, "gettext": None, "sentence": None, "say": None, "translate": None}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]


def extracted() -> dict[str, str]:
    """Return each message id with the first place where it stands."""
    found: dict[str, str] = {}
    for name, line, message, *_ in extract_from_dir(ROOT, METHODS, keywords=KEYWORDS):
        if isinstance(message, str) and message:
            found.setdefault(message, f"{name}:{line}")
    return found
