"""What each page module is handed: the site, the door, and how pages look."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from broadcaster.domain.errors import Refusal
from broadcaster.web.alert_view import strip_values
from broadcaster.web.i18n import catalogues
from broadcaster.web.live import Render
from broadcaster.web.looks import Looks
from broadcaster.web.once import Once
from broadcaster.web.session import Door, Visit, Visitor
from broadcaster.web.site import Site


class Desk:
    """Pages are shown and forms answered from here. `status_of` is the one table of refusals and HTTP codes."""

    def __init__(self, site: Site, *, status_of: Callable[[Refusal], int]) -> None:
        self.site = site
        languages = catalogues()
        self.door = Door(site, languages)
        self.status_of = status_of
        self.once = Once()
        self._looks = Looks(languages)

    def show(self, visitor: Visitor, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a page; what is live now stands on every one of them."""
        listening = bool(self.site.loudspeakers())
        values.setdefault("alarm", self._alarm(visitor))
        page = self._looks.page(visitor, template, values=values, status=status, listening=listening)
        self.door.keep_guest(visitor, page)
        return page

    def _alarm(self, visitor: Visitor) -> dict[str, object] | None:
        if not isinstance(visitor, Visit):
            return None
        with self.site.office.database.reading() as tx:
            return strip_values(tx, visitor)

    def fragment(self, visitor: Visitor, template: str, **values: object) -> str:
        """Return a piece of a page, for what changes while somebody looks."""
        return self._looks.fragment(visitor, template, values=values)

    def while_signed_in(self, request: Request, render: Callable[[], str]) -> Render:
        """Return `render`, which ends when the viewer's session does."""
        return lambda: render() if self.door.still_signed_in(request) else None


def go(path: str, *, done: str | None = None) -> RedirectResponse:
    """Lead on after a form; `done` names what to say above the next page."""
    return RedirectResponse(f"{path}?da={done}" if done else path, status_code=303)
