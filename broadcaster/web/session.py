"""Who is at the door: the session behind the cookie, and the proof that a form was sent from our own page."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.domain.acting import SignAct
from broadcaster.domain.alarm.vouching import Vouch
from broadcaster.domain.permissions import Person
from broadcaster.domain.station import Station
from broadcaster.services.office import fingerprint, new_secret
from broadcaster.services.signing_in import NobodyKnown, SignedIn, sign_out, who_is_signed_in
from broadcaster.store import accounts, stations
from broadcaster.web.forms import Entered, FormTooOld, read_form
from broadcaster.web.i18n import Translate, known_language
from broadcaster.web.site import Site

SESSION_COOKIE = "loa_session"
GUEST_COOKIE = "loa_guest"
LANGUAGE_COOKIE = "loa_language"
BROWSER_COOKIE = "loa_browser"
_YEAR_S = 365 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Whoever looks at a page: in which language, and the secret that their forms carry."""

    request: Request
    language: str
    translate: Translate
    csrf: str
    now: datetime

    def sentence(self, message: str, **values: object) -> str:
        """Return a message in the visitor's language with its values put in."""
        return self.translate(message).format(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest(Visitor):
    """Nobody known. `fresh` when the browser does not have the guest cookie yet."""

    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit(Visitor):
    """Somebody signed in, at their station; `vouch` and `act` sign with the key of this session."""

    person: Person
    username: str
    station: Station
    vouch: Vouch
    act: SignAct


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A form that somebody signed in sent from one of our pages."""

    visit: Visit
    entered: Entered


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestPost:
    """A form that somebody not signed in sent from one of our pages."""

    guest: Guest
    entered: Entered


class Door:
    """Says who comes in. Every form passes `posted` or `posted_by_guest`, and so every form is checked."""

    def __init__(self, site: Site, languages: Mapping[str, Translate]) -> None:
        self._site = site
        self._languages = languages

    def visit(self, request: Request) -> Visit:
        """Return who is signed in. Raises NobodyKnown."""
        return self.visit_by(request, request.cookies.get(SESSION_COOKIE, ""))

    def visit_by(self, request: Request, secret: str) -> Visit:
        """Return whose session this secret opens, in a request that may not have it yet. Raises NobodyKnown."""
        return self._visit_of(request, who_is_signed_in(self._site.office, secret), secret)

    def glance(self, request: Request) -> Visit | None:
        """Return who is signed in, or None; for what a page asks by itself, which does not prolong the session."""
        secret = request.cookies.get(SESSION_COOKIE, "")
        with self._site.office.database.reading() as tx:
            session = accounts.session(tx, fingerprint(secret), now=self._site.office.now())
        return self._visit_of(request, session, secret) if session else None

    def _visit_of(self, request: Request, session: accounts.Session, secret: str) -> Visit:
        with self._site.office.database.reading() as tx:
            station = stations.get(tx, session.account.person.station)
        if station is None:
            raise NobodyKnown
        language = known_language(session.account.language)
        return Visit(
            request=request,
            language=language,
            translate=self._languages[language],
            csrf=session.csrf,
            now=self._site.office.now(),
            person=session.account.person,
            username=session.account.username,
            station=station,
            vouch=self._site.vouch_with(secret),
            act=self._site.act_with(secret),
        )

    def guest(self, request: Request) -> Guest:
        """Return somebody unknown, with the secret of their forms."""
        language = known_language(request.cookies.get(LANGUAGE_COOKIE))
        kept = request.cookies.get(GUEST_COOKIE, "")
        return Guest(
            request=request,
            language=language,
            translate=self._languages[language],
            csrf=kept or new_secret(),
            now=self._site.office.now(),
            fresh=not kept,
        )

    def anybody(self, request: Request) -> Visit | Guest:
        """Return who is signed in, else a guest."""
        try:
            return self.visit(request)
        except NobodyKnown:
            return self.guest(request)

    async def posted(self, request: Request) -> Post:
        """Return a form of somebody signed in. Raises NobodyKnown, or FormTooOld when it is not from our page."""
        check_origin(request)
        entered = request.state.entered = await read_form(request)
        visit = await run_in_threadpool(self.visit, request)
        check_csrf(entered, visit.csrf)
        return Post(visit=visit, entered=entered)

    async def posted_by_guest(self, request: Request) -> GuestPost:
        """Return a form of somebody not signed in. Raises FormTooOld when it is not from our page."""
        check_origin(request)
        entered = await read_form(request)
        guest = self.guest(request)
        if guest.fresh:
            raise FormTooOld
        check_csrf(entered, guest.csrf)
        return GuestPost(guest=guest, entered=entered)

    def still_signed_in(self, request: Request) -> bool:
        """Return whether the session behind an open page lives; unlike `visit` it does not prolong it."""
        token = fingerprint(request.cookies.get(SESSION_COOKIE, ""))
        with self._site.office.database.reading() as tx:
            return accounts.session(tx, token, now=self._site.office.now()) is not None

    def let_in(self, request: Request, response: Response, *, signed_in: SignedIn) -> None:
        """Give the browser its new session; one that it brought along ends, so that nobody rides on it."""
        if old := request.cookies.get(SESSION_COOKIE):
            sign_out(self._site.office, old)
        self._set(response, SESSION_COOKIE, signed_in.secret)
        self._set(response, BROWSER_COOKIE, signed_in.browser, max_age=_YEAR_S)
        response.delete_cookie(GUEST_COOKIE)

    def let_out(self, request: Request, response: Response) -> None:
        """End the session and take the cookie back."""
        sign_out(self._site.office, request.cookies.get(SESSION_COOKIE, ""))
        response.delete_cookie(SESSION_COOKIE)

    def keep_guest(self, visitor: Visitor, response: Response) -> None:
        """Give a new guest the cookie that belongs to the form just shown."""
        if isinstance(visitor, Guest) and visitor.fresh:
            self._set(response, GUEST_COOKIE, visitor.csrf)

    def keep_language(self, response: Response, language: str) -> None:
        """Remember the language for when nobody is signed in."""
        self._set(response, LANGUAGE_COOKIE, known_language(language), max_age=_YEAR_S)

    def _set(self, response: Response, name: str, value: str, *, max_age: int | None = None) -> None:
        response.set_cookie(
            name, value, max_age=max_age, httponly=True, samesite="lax", secure=self._site.secure_cookies
        )


def browser_of(request: Request) -> str:
    """Return the secret by which a browser is known again where somebody has signed in, or nothing."""
    return request.cookies.get(BROWSER_COOKIE, "")


def check_csrf(entered: Entered, expected: str) -> None:
    """Raise FormTooOld unless the form carries the secret that only our page could give it."""
    if not expected or not hmac.compare_digest(entered.one("csrf").encode(), expected.encode()):
        raise FormTooOld


def check_origin(request: Request) -> None:
    """Raise FormTooOld when the browser says that another site sent the form."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise FormTooOld
    origin = request.headers.get("origin")
    if origin is not None and _host_in(origin) != request.headers.get("host", "").lower():
        raise FormTooOld


def _host_in(address: str) -> str | None:
    """Return the host and port in an address that a client sent, None where it is none."""
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return None
