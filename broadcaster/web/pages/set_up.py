"""The first run: the station, its hamlets, quiet hours and first people, behind the code that the server printed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from broadcaster.domain.errors import Conflict, Invalid, Refusal
from broadcaster.domain.permissions import Role
from broadcaster.domain.station import AlreadySetUp, NoHamlets, QuietHours, Rules, clean_name, time_of_day
from broadcaster.services.people import NewPerson, check_password, clean_username
from broadcaster.services.signing_in import sign_in
from broadcaster.services.stations import NewStation, check_set_up_code
from broadcaster.services.stations import set_up as set_up_station
from broadcaster.store import stations
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered, PasswordsDiffer
from broadcaster.web.session import Guest, GuestPost

OFFICER = frozenset({Role.EDITOR, Role.TECHNICIAN, Role.ADMINISTRATOR})
ALONE = frozenset(Role)
PROVINCES = (
    "An Giang", "Bắc Ninh", "Cà Mau", "Cao Bằng", "Cần Thơ", "Đà Nẵng", "Đắk Lắk", "Điện Biên", "Đồng Nai",
    "Đồng Tháp", "Gia Lai", "Hà Nội", "Hà Tĩnh", "Hải Phòng", "Hồ Chí Minh", "Huế", "Hưng Yên", "Khánh Hòa",
    "Lai Châu", "Lâm Đồng", "Lạng Sơn", "Lào Cai", "Nghệ An", "Ninh Bình", "Phú Thọ", "Quảng Ngãi", "Quảng Ninh",
    "Quảng Trị", "Sơn La", "Tây Ninh", "Thái Nguyên", "Thanh Hóa", "Tuyên Quang", "Vĩnh Long",
)  # fmt: skip
_FIRST = Entered(fields={"quiet_start": ["22:00"], "quiet_end": ["04:30"], "people": ["two"]})


@dataclass(slots=True)
class _Checks:
    """Collects what is wrong field by field, so that the form comes back with every sentence at once."""

    errors: dict[str, Refusal]

    def __call__(self, name: str, check: Callable[[], object]) -> None:
        try:
            check()
        except Refusal as exc:
            self.errors[name] = exc


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the first run."""
    router = APIRouter()
    site = desk.site

    def is_set_up() -> bool:
        with site.office.database.reading() as tx:
            return stations.first(tx) is not None

    def form(guest: Guest, entered: Entered, *, errors: dict[str, Refusal], status: int = 200) -> Response:
        said = {name: exc.sentence(guest.translate) for name, exc in errors.items()}
        return desk.show(guest, "set_up.html", status=status, entered=entered, errors=said, provinces=PROVINCES)

    @router.get("/thiet-lap")
    def ask(request: Request) -> Response:
        if is_set_up():
            return go("/")
        return form(desk.door.guest(request), _FIRST, errors={})

    @router.post("/thiet-lap")
    def set_up(post: Annotated[GuestPost, Depends(desk.door.posted_by_guest)]) -> Response:
        if is_set_up():
            raise AlreadySetUp
        entered = post.entered
        errors = _errors(entered, set_up_code=site.set_up_code)
        if errors:
            return form(post.guest, entered, errors=errors, status=422)
        try:
            set_up_station(site.office, site.passwords, new=_new_station(entered), make_key=site.make_key)
        except (Invalid, Conflict) as exc:
            return form(post.guest, entered, errors={_field_of(exc): exc}, status=desk.status_of(exc))
        return _first_sign_in(desk, post)

    return router


def _errors(entered: Entered, *, set_up_code: str) -> dict[str, Refusal]:
    """Return what is wrong with each field."""
    check = _Checks({})
    check("code", lambda: check_set_up_code(entered.one("code"), expected=set_up_code))
    check("name", lambda: clean_name(entered.one("name")))
    check("province", lambda: clean_name(entered.one("province")))
    check("hamlets", lambda: _hamlets(entered))
    check("quiet", lambda: _rules(entered))
    for number in _numbers(entered):
        check(f"full_name_{number}", lambda n=number: clean_name(entered.one(f"full_name_{n}")))  # type: ignore[misc] # a default binds the loop's value
        check(f"username_{number}", lambda n=number: clean_username(entered.one(f"username_{n}")))  # type: ignore[misc] # as above
        check(f"password_{number}", lambda n=number: _password(entered, n))  # type: ignore[misc] # as above
    return check.errors


def _numbers(entered: Entered) -> tuple[int, ...]:
    return (1,) if _alone(entered) else (1, 2)


def _alone(entered: Entered) -> bool:
    return entered.one("people") == "one"


def _hamlets(entered: Entered) -> tuple[str, ...]:
    names = tuple(clean_name(line) for line in entered.one("hamlets").splitlines() if line.strip())
    if not names:
        raise NoHamlets
    return names


def _rules(entered: Entered) -> Rules:
    quiet = QuietHours(start=time_of_day(entered.one("quiet_start")), end=time_of_day(entered.one("quiet_end")))
    return Rules(quiet_hours=(quiet,), self_approval=_alone(entered))


def _password(entered: Entered, number: int) -> str:
    password = check_password(entered.one(f"password_{number}"))
    if password != entered.one(f"password_again_{number}"):
        raise PasswordsDiffer
    return password


def _new_station(entered: Entered) -> NewStation:
    roles = (ALONE,) if _alone(entered) else (OFFICER, frozenset({Role.APPROVER}))
    return NewStation(
        name=entered.one("name"),
        province=entered.one("province"),
        hamlets=_hamlets(entered),
        rules=_rules(entered),
        people=tuple(
            NewPerson(
                username=entered.one(f"username_{number}"),
                full_name=entered.one(f"full_name_{number}"),
                password=_password(entered, number),
                roles=held,
            )
            for number, held in zip(_numbers(entered), roles, strict=True)
        ),
    )


def _field_of(exc: Refusal) -> str:
    """Return beside which field a refusal of the whole belongs."""
    return "username_2" if exc.code == "username_taken" else "form"


def _first_sign_in(desk: Desk, post: GuestPost) -> Response:
    """Let the person who set the station up come in at once."""
    request = post.guest.request
    signed_in = sign_in(
        desk.site.office,
        desk.site.passwords,
        username=post.entered.one("username_1"),
        password=post.entered.one("password_1"),
        address=request.client.host if request.client else "",
    )
    answer = go("/", done="thiet-lap")
    desk.door.let_in(request, answer, signed_in=signed_in)
    return answer
