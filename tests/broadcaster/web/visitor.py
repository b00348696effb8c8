"""Somebody at a browser: opens pages, fills in the forms that are really there, and presses their buttons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from httpx import Response

from tests.broadcaster.web.client import TestClient
from tests.fakes.station_world import PASSWORD


@dataclass(kw_only=True)
class Form:
    """A form as it stands in a page: where it goes, and what its fields hold before anybody touches them."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select: str | None = None
        self._first_option: str | None = None
        self._text: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append(Form(action=given.get("action") or "", method=(given.get("method") or "get")))
        elif not self.forms:
            return
        elif tag == "input" and given.get("name"):
            self._input(given)
        elif tag == "button" and given.get("name"):
            self.forms[-1].buttons.append((str(given["name"]), given.get("value") or ""))
        elif tag == "textarea" and given.get("name"):
            self._text = (str(given["name"]), [])
        elif tag == "select":
            self._select, self._first_option = given.get("name"), None
        elif tag == "option" and self._select:
            self._option(given)

    def handle_data(self, data: str) -> None:
        if self._text:
            self._text[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text:
            name, parts = self._text
            self.forms[-1].fields.setdefault(name, []).append("".join(parts))
            self._text = None
        elif tag == "select" and self._select:
            if self._select not in self.forms[-1].fields and self._first_option is not None:
                self.forms[-1].fields[self._select] = [self._first_option]
            self._select = None

    def _input(self, given: dict[str, str | None]) -> None:
        ticks = given.get("type") in ("checkbox", "radio")
        if not ticks or "checked" in given:
            value = given.get("value")
            self.forms[-1].fields.setdefault(str(given["name"]), []).append("on" if value is None else value)

    def _option(self, given: dict[str, str | None]) -> None:
        value = given.get("value") or ""
        if self._first_option is None:
            self._first_option = value
        if "selected" in given and self._select:
            self.forms[-1].fields.setdefault(self._select, []).append(value)


def forms(page: Response) -> list[Form]:
    """Return the forms of a page."""
    parser = _Forms()
    parser.feed(page.text)
    return parser.forms


class Visitor:
    """One browser with its own cookies. `page` is what it shows now."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.page: Response = Response(200)

    def open(self, path: str) -> Response:
        """Open an address and follow where it leads."""
        self.page = self.client.get(path)
        return self.page

    def form(self, action: str) -> Form:
        """Return the form on this page that goes to `action`."""
        found = [form for form in forms(self.page) if form.action == action]
        assert found, f"no form to {action} among {[f.action for f in forms(self.page)]}"
        return found[0]

    def send(self, action: str, changes: Mapping[str, str | list[str]] | None = None) -> Response:
        """Fill in the form that goes to `action` and send it; a field set to [] is left out."""
        fields: dict[str, list[str]] = dict(self.form(action).fields)
        for name, value in (changes or {}).items():
            fields[name] = [value] if isinstance(value, str) else list(value)
        self.page = self.client.post(action, data={name: values for name, values in fields.items() if values})
        return self.page

    def sign_in(self, username: str, password: str = PASSWORD) -> "Visitor":
        """Sign in through the form."""
        self.open("/dang-nhap")
        self.send("/dang-nhap", {"username": username, "password": password})
        assert self.page.status_code == 200, self.page.text
        return self
