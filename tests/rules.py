"""The rules of the house that no linter knows, each a function from one module to its complaints."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

LINES_MAX = 400
PACKAGES = ("broadcaster", "device_agent", "wire")
COMPOSITION_ROOTS = {
    "broadcaster/bootstrap.py",
    "broadcaster/commands.py",
    "broadcaster/signer/running.py",  # a process of its own, with a clock of its own
    "device_agent/__main__.py",
    "device_agent/agent.py",  # the box's loop
    "device_agent/timekeeper.py",  # which asks the kernel how far its clock may be trusted
}
SETTINGS = {"broadcaster/settings.py", "device_agent/settings.py"}
BANNED_WORDS = {"util", "utils", "helper", "helpers", "common", "manager", "managers"}
# Names that a library calls us by, where that library is imported.
NAMES_OF_LIBRARIES = {
    "process_bind_param": "sqlalchemy",
    "process_result_value": "sqlalchemy",
    "handle_data": "html.parser",
}
BANNED_CLOCKS = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
}
BANNED_ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.putenv", "os.unsetenv"}
BANNED_AT_IMPORT = re.compile(
    r"(^|\.)(open|read_text|read_bytes|connect|create_engine|run|Popen|check_output|Thread|start|FastAPI|mkdir|system)$"
)
MIGRATIONS = "broadcaster/store/migrations/"  # Alembic runs `env.py` as a script, and a migration is written once
DECLARATIONS = {"Index"}  # SQLAlchemy's way of adding an index to a table that stands above it
DIRECTIVE = re.compile(
    r"#\s*(noqa(?P<codes>:\s*[A-Z]+[0-9]+(?:\s*,\s*[A-Z]+[0-9]+)*)?"
    r"|type:\s*ignore(?P<kinds>\[[^\]]*\])?"
    r"|pragma:\s*[\w ]+?)"
    r"(?=\s*(?:#|-|–|—|$))"
)
# Nobody's machine and nobody's index belongs into what others read.
FOREIGN = re.compile(
    r"(?<![\w./])/(?:work|root|opt/\w+)/|://[^\s/]+/simple\b|--(?:extra-)?index-url[ =]|registry\s*=\s*http"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One Python file: its path within the project, its text and its syntax tree."""

    path: str
    source: str

    @property
    def tree(self) -> ast.Module:
        """Return the parsed file."""
        return ast.parse(self.source)

    @property
    def in_package(self) -> bool:
        """Return whether the file is shipped, and not a test or a benchmark."""
        return PurePosixPath(self.path).parts[0] in PACKAGES


def modules(root: Path, *folders: str) -> list[Module]:
    """Return every Python file below the named folders of `root`."""
    files = (file for folder in folders for file in sorted((root / folder).rglob("*.py")))
    return [Module(path=file.relative_to(root).as_posix(), source=file.read_text(encoding="utf-8")) for file in files]


def not_too_long(module: Module) -> Iterator[str]:
    """A file of more than 400 lines is two files."""
    lines = module.source.count("\n")
    if lines > LINES_MAX and not module.path.startswith(f"{MIGRATIONS}versions/"):
        yield f"{module.path} has {lines} lines"


def telling_names(module: Module) -> Iterator[str]:
    """A name says what the thing is or does."""
    names = [PurePosixPath(module.path).stem]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.append(node.name)
    imported = {origin.rpartition(".")[0] for origin in _imported_names(module.tree).values()}
    own = (name for name in names if NAMES_OF_LIBRARIES.get(name) not in imported)
    yield from (f"{module.path}: {name}" for name in own if _says_nothing(name))


def _says_nothing(name: str) -> bool:
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_")
    return bool(BANNED_WORDS & set(snake.split("_"))) or re.fullmatch(r"process(_.*)?|handle_data.*", snake) is not None


def clocks_are_handed_in(module: Module) -> Iterator[str]:
    """Only the composition roots and the box's loop read a wall clock."""
    if module.in_package and module.path not in COMPOSITION_ROOTS:
        yield from _uses(module, BANNED_CLOCKS)


def only_settings_read_the_environment(module: Module) -> Iterator[str]:
    """Only the two settings modules read the environment."""
    if module.in_package and module.path not in SETTINGS:
        yield from _uses(module, BANNED_ENVIRONMENT)


def _uses(module: Module, banned: set[str]) -> Iterator[str]:
    names = _imported_names(module.tree)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute | ast.Name) and (found := _dotted(node, names)) in banned:
            yield f"{module.path}:{node.lineno}: {found}"


def _imported_names(tree: ast.Module) -> dict[str, str]:
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.name if alias.asname else alias.name.split(".")[0]
                names[alias.asname or whole] = whole
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _dotted(node: ast.expr, names: dict[str, str]) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, names)}.{node.attr}"
    return names.get(node.id, node.id) if isinstance(node, ast.Name) else ""


def has_docstring(module: Module) -> Iterator[str]:
    """Each module says what this room is for."""
    if module.source.strip() and not ast.get_docstring(module.tree):
        yield f"{module.path} has no docstring"


def empty_init(module: Module) -> Iterator[str]:
    """A package's `__init__.py` is empty: importing a package does nothing."""
    if PurePosixPath(module.path).name == "__init__.py" and module.source.strip():
        yield f"{module.path} is not empty"


def exceptions_carry_reasons(module: Module) -> Iterator[str]:
    """Each silenced check names what it silences, and why."""
    for token in tokenize.generate_tokens(io.StringIO(module.source).readline):
        if token.type == tokenize.COMMENT and re.search(r"noqa|type:\s*ignore|pragma", token.string):
            match = DIRECTIVE.search(token.string)
            reason = DIRECTIVE.sub("", token.string).strip(" #-–—:")
            if not match or _is_blanket(match) or len(reason) < 8:
                yield f"{module.path}:{token.start[0]}: {token.string}"


def _is_blanket(match: re.Match[str]) -> bool:
    return match[1] == "noqa" or (match[1].startswith("type") and not match["kinds"])


def nothing_happens_at_import(module: Module) -> Iterator[str]:
    """Importing a module starts, opens and connects nothing."""
    if not module.in_package or module.path == f"{MIGRATIONS}env.py":
        return
    for node in module.tree.body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            if ast.unparse(node.value.func) in DECLARATIONS:
                continue
            yield f"{module.path}:{node.lineno}: a call at import"
        elif isinstance(node, ast.With | ast.For | ast.While) and not _quietens_an_import(node):
            yield f"{module.path}:{node.lineno}: a block at import"
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            calls = (part for part in _evaluated(node.value) if isinstance(part, ast.Call))
            doing = (call for call in calls if BANNED_AT_IMPORT.search(ast.unparse(call.func)))
            yield from (f"{module.path}:{call.lineno}: {ast.unparse(call.func)} at import" for call in doing)


def _quietens_an_import(node: ast.stmt) -> bool:
    """A library that warns when it is imported may be imported inside `warnings.catch_warnings()`."""
    return isinstance(node, ast.With) and all(
        ast.unparse(item.context_expr) == "warnings.catch_warnings()" for item in node.items
    )


def _evaluated(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if not isinstance(node, ast.Lambda):
        for child in ast.iter_child_nodes(node):
            yield from _evaluated(child)


def names_no_machine(path: str, text: str) -> Iterator[str]:
    """No file names a developer's machine or a package index."""
    for number, line in enumerate(text.splitlines(), start=1):
        if FOREIGN.search(line):
            yield f"{path}:{number}: {line.strip()[:100]}"
