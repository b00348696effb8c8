"""How rightly and how fast bulletins are read, beside the two best public packages, in one run and one line of JSON.

    python benchmarks/reading.py [FOLDER]

FOLDER holds `dev.tsv` and `seeds.tsv`; whole articles stand in `seeds` beside or inside it. The default is
`../shared/reading`, seen from
the project. The peers are measured where they can be imported: run this with an interpreter that has them
(`pip install sea-g2p vietnormalizer` into a virtual environment of its own). The floor is what any reader in Python
must spend: one pass of a regular expression that only finds the words.
"""

import argparse
import importlib
import json
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from broadcaster.reading.reader import read  # noqa: E402 - the project's root must be on the path first
from tests.reading.folding import fold  # noqa: E402 - likewise

Reader = Callable[[str], str]
_WORD = re.compile(r"\w+|[^\w\s]")
_ROUNDS = 5


def our_reader() -> Reader:
    """This project's reader, one fragment at a time."""
    return lambda text: read(text, document=False).spoken


def sea_g2p() -> Reader:
    """The normaliser of sea-g2p."""
    module = importlib.import_module("sea_g2p")
    normalizer = module.Normalizer()
    return lambda text: re.sub(r"</?en>", "", str(normalizer.normalize(text)))


def vietnormalizer() -> Reader:
    """The normaliser of vietnormalizer."""
    module = importlib.import_module("vietnormalizer")
    normalizer = module.VietnameseNormalizer()
    return lambda text: str(normalizer.normalize(text))


def rows(path: Path) -> list[tuple[str, str, frozenset[str]]]:
    """Class, written form and folded right readings of every case of a file."""
    lines = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return [(row[0], row[1], frozenset(map(fold, row[2].split("|")))) for row in lines if not row[0].startswith("#")]


def accuracy(reader: Reader, cases: list[tuple[str, str, frozenset[str]]]) -> dict[str, float]:
    """Percent of right readings by class and over all; a reader that throws is wrong."""
    right: dict[str, list[bool]] = defaultdict(list)
    for kind, written, wanted in cases:
        try:
            said = fold(reader(written))
        except Exception:  # a peer's failure is a wrong reading, not the end of the measurement
            said = ""
        right[kind].append(said in wanted)
        right["all"].append(said in wanted)
    return {kind: round(100 * sum(of) / len(of), 1) for kind, of in right.items()}


def characters_per_second(reader: Callable[[str], object], texts: list[str]) -> int:
    """Characters in a second of this process's own time: the best of a few rounds, after one to warm up."""
    size = sum(map(len, texts))
    best = float("inf")
    for _ in range(_ROUNDS + 1):
        start = time.process_time()
        for text in texts:
            reader(text)
        best = min(best, time.process_time() - start)
    return round(size / max(best, 1e-9))


def measured(build: Callable[[], Reader], folder: Path, texts: list[str]) -> dict[str, object]:
    """One reader's figures, or why there are none."""
    try:
        reader = build()
        figures: dict[str, object] = {name: accuracy(reader, rows(folder / f"{name}.tsv")) for name in ("dev", "seeds")}
        figures["characters_per_second"] = characters_per_second(reader, texts)
    except Exception as problem:  # an absent or broken peer is reported in the line, and the others still count
        return {"absent": f"{type(problem).__name__}: {problem}"}
    return figures


def main() -> int:
    """Print the line; 2 when the material is not there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=PROJECT.parent / "shared" / "reading")
    folder = parser.parse_args().folder
    articles = next((place for place in (folder / "seeds", folder.parent / "seeds") if place.is_dir()), None)
    if articles is None or not (folder / "dev.tsv").exists():
        print(json.dumps({"benchmark": "reading", "absent": f"no material in {folder}"}))
        return 2
    texts = [path.read_text(encoding="utf-8") for path in sorted(articles.glob("*.txt"))]
    readers = {"ours": our_reader, "sea-g2p": sea_g2p, "vietnormalizer": vietnormalizer}
    figures = {name: measured(build, folder, texts) for name, build in readers.items()}
    document = characters_per_second(read, texts)
    floor = characters_per_second(_WORD.findall, texts)
    print(
        json.dumps(
            {
                "benchmark": "reading",
                "figure": document,
                "unit": "characters per second",
                "floor": floor,
                "ratio": round(floor / document, 1),
                "readers": figures,
            },
            ensure_ascii=False,
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
