"""What holds for every page: forms only from our own pages, nothing of other stations, headers, limits, escaping."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from broadcaster.services.week import programmes
from broadcaster.store import programmes as programme_rows
from broadcaster.web.app import create_app
from broadcaster.web.headers import BODY_MAX_BYTES
from broadcaster.web.site import Site
from tests.broadcaster.web.client import TestClient
from tests.broadcaster.web.visitor import Visitor, forms
from tests.fakes.sound_desk import uploaded
from tests.fakes.station_alerts import AlertDesk
from tests.fakes.station_world import World, open_neighbour

Arrives = Callable[[str], Visitor]
OPEN_TO_ALL = ("/cap/", "/lich/{secret}.ics")
"""Our alerts as others' systems read them: what loudspeakers say is said to everybody."""
BEFORE_SIGN_IN = {"/thiet-lap", "/dang-nhap", "/ngon-ngu-khach"}
SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def page_routes(app: FastAPI, method: str) -> list[str]:
    """Return the paths of the pages that take this method."""
    return sorted(
        route.path
        for route in _routes(app.routes)
        if method in (route.methods or ()) and not route.path.startswith("/api")
    )


def _routes(found: object) -> Iterator[APIRoute]:
    for route in found:  # type: ignore[attr-defined] # a list of routes
        if isinstance(route, APIRoute):
            yield route
            continue
        router = getattr(route, "original_router", None)
        if router is not None and not router.prefix.startswith("/api"):
            yield from _routes(router.routes)


def test_the_walk_sees_the_forms(app: FastAPI) -> None:
    """Negative control of the walks below: no route at all would satisfy them."""
    found = page_routes(app, "POST")

    assert {"/ban-tin", "/ban-tin/{bulletin_id}/duyet", "/dang-xuat", "/nguoi-dung", "/thiet-lap"} <= set(found)
    assert len(found) >= 25


@pytest.mark.parametrize("csrf", [None, "", "khong-phai", "ké trộm"])
def test_no_form_is_taken_without_the_right_secret(app: FastAPI, arrives: Arrives, csrf: str | None) -> None:
    client = arrives("dung").client
    client.cookies.set("loa_guest", "mine")

    for path in page_routes(app, "POST"):
        answer = client.post(path, data={"csrf": csrf} if csrf is not None else {"x": "1"}, follow_redirects=False)
        assert (path, answer.status_code) == (path, 403)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://xau.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.xau.example"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_no_form_is_taken_from_another_site(app: FastAPI, arrives: Arrives, headers: dict[str, str]) -> None:
    visitor = arrives("lan")
    secret = visitor.form("/dang-xuat").fields["csrf"]

    for path in page_routes(app, "POST"):
        answer = visitor.client.post(path, data={"csrf": secret}, headers=headers, follow_redirects=False)
        assert (path, answer.status_code) == (path, 403)
    assert visitor.open("/").url.path == "/"


def test_visitor_whose_session_ended_may_have_come_from_any_address(arrives: Arrives) -> None:
    answer = arrives("").client.post("/ban-tin", data={"title": "Họp thôn"}, headers={"Referer": "http://["})

    assert answer.status_code == 401
    assert "Họp thôn" in answer.text


@pytest.mark.parametrize("address", ["/tin-khan/tu-ngoai/nguon/ng-2222222222/la", "/khong-co"])
def test_address_that_no_page_has_is_answered_by_a_page(arrives: Arrives, address: str) -> None:
    answer = arrives("hoa").open(address)

    assert answer.status_code == 404
    assert "Không có trang này" in answer.text


def test_form_from_our_own_page_is_taken(arrives: Arrives) -> None:
    """Negative control of the two tests above."""
    visitor = arrives("lan")
    secret = visitor.form("/dang-xuat").fields["csrf"]

    answer = visitor.client.post(
        "/dang-xuat",
        data={"csrf": secret},
        headers={"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"},
        follow_redirects=False,
    )

    assert answer.status_code == 303


def test_every_form_in_every_page_carries_the_secret(app: FastAPI, arrives: Arrives, sqlite_world: World) -> None:
    bulletin = sqlite_world.approved()
    airing = sqlite_world.plan(bulletin)
    known = {"bulletin_id": bulletin.id, "airing_id": airing.id, "cluster_id": sqlite_world.clusters[0]}

    for name in ("hoa", "dung"):
        visitor = arrives(name)
        for path in _plain(page_routes(app, "GET"), known):
            page = visitor.open(path)
            if page.headers["content-type"].startswith("text/html"):
                assert all("csrf" in form.fields for form in forms(page) if form.method == "post"), path


def test_nothing_is_shown_to_nobody(app: FastAPI, arrives: Arrives) -> None:
    client = arrives("").client

    for path in page_routes(app, "GET"):
        if path not in BEFORE_SIGN_IN and not path.startswith(OPEN_TO_ALL):
            answer = client.get(re.sub(r"{\w+}", "x", path), follow_redirects=False)
            expected = "/" if path == "/thiet-lap" else "/dang-nhap"
            assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, expected), path


def taken_by(world: World) -> str:
    """Let a station take a template; return one of its programmes."""
    programmes.save(
        world.office, actor=world.person("lan"), edit=programmes.from_template(world.office, "nong-thon-hai-buoi")
    )
    with world.database.reading() as tx:
        return programme_rows.of_station(tx, world.station)[0].programme.id


def test_things_of_another_station_are_not_there(app: FastAPI, arrives: Arrives, sqlite_world: World) -> None:
    neighbour = open_neighbour(sqlite_world)
    box = neighbour.enrol()
    bulletin = neighbour.approved()
    airing = neighbour.plan(bulletin)
    known = {
        "bulletin_id": bulletin.id, "airing_id": airing.id, "cluster_id": neighbour.clusters[0],
        "device_id": box.id, "user_id": neighbour.person("lan").id, "token_id": "tk-2222222222",
        "sha256": bulletin.recording_sha256 or "", "stretch": "20260101T000000.000000Z",
        "step": "duyet", "_step": "hoi",
        "item_id": uploaded(neighbour).id, "alert_id": AlertDesk(world=neighbour).draft().id,
        "message_id": "ms-2222222222", "feed_id": "ng-2222222222", "messenger": "nn-2222222222",
        "programme": taken_by(neighbour), "day": "2026-03-03", "number": 1, "name": "x",
    }  # fmt: skip

    for name in ("hoa", "dung"):
        visitor = arrives(name)
        sent = {"csrf": visitor.form("/dang-xuat").fields["csrf"], "name": "x", "why": "x"}
        for method in ("GET", "POST"):
            for path in (p for p in page_routes(app, method) if "{" in p and not p.startswith(OPEN_TO_ALL)):
                answer = visitor.client.request(method, path.format(**known), data=sent if method == "POST" else None)
                assert answer.status_code in (404, 403), (method, path)
                assert bulletin.title not in answer.text


def test_pages_of_the_office_are_closed_to_others(arrives: Arrives) -> None:
    visitor = arrives("dung")

    for path in ("/dai", "/nguoi-dung", "/ma-truy-cap", "/nhat-ky", "/cum-loa/moi"):
        assert visitor.open(path).status_code == 403, path
    assert arrives("hoa").open("/cho-duyet").status_code == 403
    assert arrives("minh").open("/ban-tin/moi").status_code == 403


def test_what_people_write_is_never_markup(arrives: Arrives, sqlite_world: World) -> None:
    bulletin = sqlite_world.write(title=f"Tiêu đề {SCRIPT}", text=f"Kính thưa bà con {SCRIPT}. Tối nay họp 7h.")
    sqlite_world.render()
    editor, approver, admin = arrives("lan"), arrives("minh"), arrives("hoa")
    editor.open(f"/ban-tin/{bulletin.id}")
    editor.send(f"/ban-tin/{bulletin.id}/gui-duyet")
    approver.open(f"/ban-tin/{bulletin.id}")
    approver.send(f"/ban-tin/{bulletin.id}/tra-lai", {"note": f"Sửa đi {SCRIPT}"})
    admin.open("/cum-loa/moi")
    cluster = admin.send("/cum-loa", {"name": f"Cụm {SCRIPT[:60]}"})
    assert cluster.status_code == 200
    admin.open("/nguoi-dung")
    admin.send("/nguoi-dung", {"full_name": f"An {SCRIPT[:60]}", "username": "<script>", "password": "x"})

    pages = [admin.page, cluster]
    pages += [editor.open(p) for p in ("/", "/ban-tin", f"/ban-tin/{bulletin.id}", f"/ban-tin/{bulletin.id}/sua")]
    pages += [admin.open(p) for p in ("/nhat-ky", "/thiet-bi", "/khong-co/<script>alert(1)</script>")]
    for page in pages:
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in pages[3].text


def test_no_page_runs_scripts_or_styles_of_its_own(app: FastAPI, arrives: Arrives, sqlite_world: World) -> None:
    bulletin = sqlite_world.approved()
    airing = sqlite_world.plan(bulletin)
    known = {"bulletin_id": bulletin.id, "airing_id": airing.id, "cluster_id": sqlite_world.clusters[0]}

    for path in [*_plain(page_routes(app, "GET"), known), "/api/docs"]:
        page = arrives("hoa").open(path)
        if page.headers["content-type"].startswith("text/html"):
            assert re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page.text) is None, path
            assert re.search(r"""(?:src|href)=["'](?:https?:)?//""", page.text) is None, path


@pytest.mark.parametrize("path", ["/", "/dang-nhap", "/khong-co", "/api/v1/health", "/static/pages.css"])
def test_every_answer_carries_the_browsers_defences(arrives: Arrives, path: str) -> None:
    headers = arrives("lan").client.get(path).headers

    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_only_what_never_changes_may_be_kept_by_browsers(arrives: Arrives) -> None:
    visitor = arrives("lan")
    style = re.search(r'href="(/static/pages\.css\?v=\w+)"', visitor.page.text)
    assert style is not None

    assert visitor.page.headers["cache-control"] == "no-store"
    assert "immutable" in visitor.client.get(style[1]).headers["cache-control"]
    assert visitor.client.get("/static/pages.css").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py"])
def test_no_file_outside_is_given_out(arrives: Arrives, path: str) -> None:
    assert arrives("").client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/dang-nhap", "/api/v1/health", "/static/pages.css", "/khong-co"])
def test_head_is_answered_as_get_without_the_body(arrives: Arrives, path: str) -> None:
    client = arrives("lan").client
    shown, head = client.get(path, follow_redirects=False), client.head(path, follow_redirects=False)

    assert (head.status_code, head.content) == (shown.status_code, b"")
    assert head.headers["content-security-policy"] == shown.headers["content-security-policy"]


def test_body_that_is_too_long_is_not_read(arrives: Arrives) -> None:
    visitor = arrives("lan")
    visitor.open("/ban-tin/moi")

    page = visitor.send("/ban-tin", {"text": "x" * BODY_MAX_BYTES})

    assert page.status_code == 413
    assert "quá dài" in page.text


def test_body_of_unknown_length_is_counted(app: FastAPI) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 65_536

    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = TestClient(app).post("/dang-nhap", content=endless(), headers=headers)

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"csrf=\xff\xfe", "application/x-www-form-urlencoded"),
        (b"csrf=%FF%FE", "application/x-www-form-urlencoded"),
        (b"&".join(b"a=1" for _ in range(3000)), "application/x-www-form-urlencoded"),
        (b'{"csrf": "x"}', "application/json"),
        (b"", "multipart/form-data; boundary=x"),
    ],
)
def test_what_is_no_form_is_refused_in_words(app: FastAPI, content: bytes, content_type: str) -> None:
    answer = TestClient(app).post("/dang-nhap", content=content, headers={"content-type": content_type})

    assert answer.status_code == 422
    assert "Xin" in answer.text


def test_unknown_page_says_so_in_words(arrives: Arrives) -> None:
    page = arrives("lan").open("/khong-co")

    assert page.status_code == 404
    assert "Không có trang này" in page.text


def test_fault_of_the_server_is_a_page_without_its_entrails(site: Site, tmp_path: Path) -> None:
    app = create_app(site)

    @app.get("/vo")
    def broken() -> None:
        raise RuntimeError(f"secret path {tmp_path}")

    answer = TestClient(app, raise_server_exceptions=False).get("/vo")

    assert answer.status_code == 500
    assert "Máy chủ gặp lỗi" in answer.text
    assert "secret" not in answer.text


def _plain(paths: list[str], known: dict[str, str]) -> list[str]:
    """Return those addresses that can be opened: no streams, and every name in them known."""
    plain = (p for p in paths if not p.endswith("/dien-bien"))
    return [p.format(**known) for p in plain if set(re.findall(r"{(\w+)}", p)) <= set(known)]
