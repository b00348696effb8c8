"""As much of PEP 508 and PEP 440 as the wheels of this project need; what is not understood counts as not satisfied."""

import re
from collections.abc import Callable, Iterable, Mapping

_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*\(?(?P<versions>[^;()]*)\)?\s*(?:;(?P<marker>.*))?"
)
_BOUND = re.compile(r"(?P<sign>>=|<=|==|!=|~=|>|<)\s*(?P<version>[0-9]+(?:\.[0-9]+)*)(?P<any>\.\*)?")
_CLAUSE = re.compile(r"""\(?\s*(?P<name>\w+)\s*(?P<sign>==|!=|>=|<=|>|<)\s*['"](?P<value>[^'"]*)['"]\s*\)?""")
_RELEASE = re.compile(r"[0-9]+(?:\.[0-9]+)*")

Release = tuple[int, ...]


def unsatisfied(
    requires: Iterable[str], *, installed: Callable[[str], str | None], environment: Mapping[str, str], extra: str
) -> str | None:
    """Return the first requirement that what is installed does not meet, None when all are met.

    `installed` gives the version of a distribution, None when it is not there.
    """
    for line in requires:
        found = _REQUIREMENT.fullmatch(line.strip())
        if found is None:
            return line
        applies = _applies(found["marker"], {**environment, "extra": extra})
        if applies is None:
            return line
        version = installed(found["name"]) if applies else None
        if applies and (version is None or not allows(found["versions"], version)):
            return line.partition(";")[0].strip()
    return None


def allows(bounds: str, version: str) -> bool:
    """Return whether the version meets every bound of `>=1,<2`."""
    release = _release(version)
    parts = [part.strip() for part in bounds.split(",") if part.strip()]
    return release is not None and all(_meets(part, release) for part in parts)


def _meets(bound: str, release: Release) -> bool:
    found = _BOUND.fullmatch(bound)
    if found is None:
        return False
    wanted = tuple(int(part) for part in found["version"].split("."))
    if found["any"]:
        is_same = _padded(release, len(wanted))[: len(wanted)] == wanted
        return {"==": is_same, "!=": not is_same}.get(found["sign"], False)
    length = max(len(release), len(wanted))
    mine, theirs = _padded(release, length), _padded(wanted, length)
    if found["sign"] == "~=":
        return mine >= theirs and len(wanted) > 1 and mine[: len(wanted) - 1] == wanted[:-1]
    return _compared(found["sign"], mine, theirs)


def _applies(marker: str | None, environment: Mapping[str, str]) -> bool | None:
    """Return whether a marker of clauses joined by `and` holds; None when it is another kind of marker."""
    if marker is None or not marker.strip():
        return True
    clauses = [_CLAUSE.fullmatch(part.strip()) for part in re.split(r"\band\b", marker)]
    if any(clause is None or clause["name"] not in environment for clause in clauses):
        return None
    return all(_holds(clause, environment) for clause in clauses if clause is not None)


def _holds(clause: re.Match[str], environment: Mapping[str, str]) -> bool:
    said, value, sign = environment[clause["name"]], clause["value"], clause["sign"]
    mine, theirs = _release(said), _release(value)
    if clause["name"].startswith("python") and mine is not None and theirs is not None:
        length = max(len(mine), len(theirs))
        return _compared(sign, _padded(mine, length), _padded(theirs, length))
    return {"==": said == value, "!=": said != value}.get(sign, False)


def _compared(sign: str, mine: Release, theirs: Release) -> bool:
    return {
        "==": mine == theirs, "!=": mine != theirs, ">=": mine >= theirs, "<=": mine <= theirs, ">": mine > theirs,
        "<": mine < theirs,
    }[sign]  # fmt: skip


def _release(version: str) -> Release | None:
    found = _RELEASE.match(version)
    return tuple(int(part) for part in found[0].split(".")) if found is not None else None


def _padded(release: Release, length: int) -> Release:
    return release + (0,) * (length - len(release))
