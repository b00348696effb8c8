"""Feeds are asked in turn, on condition, with pauses; a dead or silent one is told of; nothing leads elsewhere."""

from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest

from broadcaster.domain.cap.profile import Profile, Source
from broadcaster.domain.cap.verdict import Decision, Signature
from broadcaster.domain.permissions import NotAllowed
from broadcaster.domain.station import NoSuchThing
from broadcaster.services.cap import feeds as cap_feeds
from broadcaster.services.cap import polling as cap_polling
from broadcaster.services.cap import silence as cap_silence
from broadcaster.services.cap.feeds import (
    BadFeedAddress,
    BadFeedTimes,
    FeedKnown,
    NewFeed,
    TooManyFeeds,
)
from broadcaster.services.cap.intake import NoSuchSource, no_checker
from broadcaster.services.cap.polling import Fetched, Wanted
from broadcaster.store import cap_feeds as rows
from broadcaster.store import cap_received, notices
from broadcaster.store.cap_feeds import Feed
from tests.fakes.cap_documents import document
from tests.fakes.cap_web import URL, FakeWeb
from tests.fakes.station_world import World, open_neighbour


@pytest.fixture
def web() -> FakeWeb:
    found = FakeWeb()
    found.list("A")
    return found


def watched(world: World, **more: object) -> Feed:
    """Return a feed that the station watches."""
    with world.database.writing() as tx:
        profile = Profile(sources=(Source(name="tinh"),))
        cap_received.set_profile(tx, world.station, profile, by=world.person("hoa").id, now=world.clock.now)
    new = replace(NewFeed(source="tinh", url=URL), **more)  # type: ignore[arg-type] # passed on as they are
    return cap_feeds.add(world.office, actor=world.person("hoa"), new=new)


def turn(world: World, web: FakeWeb) -> bool:
    return cap_polling.turn(world.office, fetch=web, check=no_checker)


def now_of(world: World, feed: Feed) -> Feed:
    with world.database.reading() as tx:
        found = rows.get(tx, world.station, feed.id)
    assert found is not None
    return found


def names_received(world: World) -> list[str]:
    with world.database.reading() as tx:
        return sorted(r.name.identifier for r in cap_received.latest(tx, world.station) if r.name)


def told(world: World) -> list[tuple[str, str]]:
    with world.database.reading() as tx:
        found = notices.latest(tx, world.station)
    return [(n.kind, n.sentence) for n in reversed(found) if n.kind.startswith("feed_")]


def test_new_items_are_fetched_once_and_received(world: World, web: FakeWeb) -> None:
    feed = watched(world)

    assert turn(world, web)
    assert not turn(world, web)
    world.clock.advance(seconds=61)
    turn(world, web)

    assert names_received(world) == ["A"]
    assert [wanted.url for wanted in web.asked] == [URL, "https://tin.example/cap/A.xml", URL]
    assert now_of(world, feed).last_ok_at == world.clock.now


def test_second_question_is_asked_on_condition(sqlite_world: World, web: FakeWeb) -> None:
    feed = watched(sqlite_world)
    turn(sqlite_world, web)
    sqlite_world.clock.advance(seconds=61)

    turn(sqlite_world, web)

    assert (web.asked[0].etag, web.asked[-1].etag) == ("", now_of(sqlite_world, feed).etag)
    assert now_of(sqlite_world, feed).etag != ""


def test_long_list_is_taken_a_few_at_a_turn_the_oldest_first(sqlite_world: World, web: FakeWeb) -> None:
    """A slow server keeps the other feeds waiting for seconds, not for all that it lists."""
    watched(sqlite_world)
    web.list(*[f"N{n}" for n in range(8)])

    def slow(wanted: Wanted) -> Fetched:
        if wanted.url != URL:
            sqlite_world.clock.advance(seconds=2)
        return web(wanted)

    cap_polling.turn(sqlite_world.office, fetch=slow, check=no_checker)
    assert names_received(sqlite_world) == ["N3", "N4", "N5", "N6", "N7"]
    cap_polling.turn(sqlite_world.office, fetch=slow, check=no_checker)
    assert len(names_received(sqlite_world)) == 8


def test_long_list_of_a_quick_server_is_not_asked_for_anew_for_each_handful(sqlite_world: World, web: FakeWeb) -> None:
    watched(sqlite_world)
    web.list(*[f"N{n}" for n in range(60)])

    while turn(sqlite_world, web):
        pass

    assert len(names_received(sqlite_world)) == 60
    assert [wanted.url for wanted in web.asked].count(URL) == 2


def test_link_to_another_host_is_not_followed_unless_allowed(sqlite_world: World, web: FakeWeb) -> None:
    feed = watched(sqlite_world)
    web.pages[URL] = web.pages[URL].replace(b"https://tin.example/cap/A.xml", b"https://ke-la.example/A.xml")

    turn(sqlite_world, web)

    assert [wanted.url for wanted in web.asked] == [URL]
    assert "máy chủ khác" in now_of(sqlite_world, feed).last_error
    assert names_received(sqlite_world) == []


@pytest.mark.parametrize(
    ("url", "others", "allowed"),
    [
        ("https://tin.example/x", (), True),
        ("https://TIN.example/x", (), True),
        ("https://tin.example:444/x", (), False),
        ("http://tin.example/x", (), False),
        ("http://tin.example/x", ("tin.example",), False),
        ("https://kho.example/x", ("kho.example",), True),
        ("file:///etc/passwd", ("",), False),
        ("https://[x", (), False),
    ],
)
def test_links_stay_at_home(url: str, others: tuple[str, ...], allowed: bool, sqlite_world: World) -> None:
    feed = watched(sqlite_world, other_hosts=others)

    assert cap_polling.leads_home(url, feed) is allowed


def test_item_that_cannot_be_fetched_is_asked_for_again(sqlite_world: World, web: FakeWeb) -> None:
    feed = watched(sqlite_world)
    web.statuses = {"https://tin.example/cap/A.xml": 500}
    turn(sqlite_world, web)
    assert "500" in now_of(sqlite_world, feed).last_error

    web.statuses = {}
    sqlite_world.clock.advance(seconds=61)
    turn(sqlite_world, web)

    assert names_received(sqlite_world) == ["A"]
    assert now_of(sqlite_world, feed).last_error == ""


def test_items_that_cannot_be_had_do_not_keep_the_others_out(sqlite_world: World, web: FakeWeb) -> None:
    """A warning stood behind ten broken links of last week for ever, while the feed looked well."""
    feed = watched(sqlite_world)
    web.list("NEW", *[f"OLD{n}" for n in range(10)])
    web.statuses = {f"https://tin.example/cap/OLD{n}.xml": 500 for n in range(10)}

    while turn(sqlite_world, web):
        pass

    assert names_received(sqlite_world) == ["NEW"]
    assert "500" in now_of(sqlite_world, feed).last_error
    assert len(web.asked) == 1 + 11


def test_item_that_stays_away_is_asked_for_less_and_less_often_and_told_of_once_a_day(
    sqlite_world: World, web: FakeWeb
) -> None:
    watched(sqlite_world)
    web.statuses = {"https://tin.example/cap/A.xml": 500}
    for _ in range(60):
        turn(sqlite_world, web)
        sqlite_world.clock.advance(seconds=61)

    tries = [wanted.url for wanted in web.asked if wanted.url.endswith("A.xml")]
    assert 4 <= len(tries) <= 8
    ((kind, sentence),) = told(sqlite_world)
    assert kind == "feed_trouble"
    assert "500" in sentence


def test_document_that_breaks_our_reading_stops_neither_the_feed_nor_the_server(
    sqlite_world: World, web: FakeWeb
) -> None:
    """The server ended itself and met the same document again as soon as it was up."""
    feed = watched(sqlite_world)
    web.list("NEW", "BAD")
    broken = document(identifier="BAD")
    web.pages["https://tin.example/cap/BAD.xml"] = broken

    def check(raw: bytes, *_: object) -> tuple[Signature, bytes]:
        if raw == broken:
            raise RuntimeError("nobody thought of this")
        return Signature.NONE, raw

    cap_polling.turn(sqlite_world.office, fetch=web, check=check)
    assert "Máy gặp lỗi" in now_of(sqlite_world, feed).last_error
    sqlite_world.clock.advance(seconds=61)
    cap_polling.turn(sqlite_world.office, fetch=web, check=check)

    assert names_received(sqlite_world) == ["NEW"]


def test_list_that_is_too_long_and_a_document_that_cannot_be_read_are_said(sqlite_world: World, web: FakeWeb) -> None:
    feed = watched(sqlite_world)
    web.pages["https://tin.example/cap/A.xml"] = document(namespace="urn:oasis:names:tc:emergency:cap:1.1")

    turn(sqlite_world, web)
    sqlite_world.clock.advance(seconds=61)
    turn(sqlite_world, web)

    assert "1.1" in now_of(sqlite_world, feed).last_error
    assert web.asked[-1].etag != ""
    assert [kind for kind, _ in told(sqlite_world)] == ["feed_trouble"]


def test_item_that_is_gone_or_unreadable_is_not_asked_for_again(sqlite_world: World, web: FakeWeb) -> None:
    watched(sqlite_world)
    web.list("A", "B")
    web.pages["https://tin.example/cap/A.xml"] = b"<html>"
    web.statuses = {"https://tin.example/cap/B.xml": 410}
    turn(sqlite_world, web)
    sqlite_world.clock.advance(seconds=61)

    turn(sqlite_world, web)

    assert len(web.asked) == 4
    with sqlite_world.database.reading() as tx:
        assert [r.decision for r in cap_received.latest(tx, sqlite_world.station)] == [Decision.DROPPED]


def test_dead_feed_is_told_of_once_and_so_is_its_return(world: World, web: FakeWeb) -> None:
    watched(world, dead_after_s=300)
    turn(world, web)
    web.down = True
    for _ in range(40):
        world.clock.advance(seconds=30)
        turn(world, web)
        cap_silence.watch(world.office)
    assert [kind for kind, _ in told(world)] == ["feed_dead"]
    assert "Không kết nối được" in told(world)[0][1]

    web.down = False
    for _ in range(40):
        world.clock.advance(seconds=30)
        turn(world, web)
        cap_silence.watch(world.office)
    assert [kind for kind, _ in told(world)] == ["feed_dead", "feed_alive"]


def test_feed_that_answers_but_says_nothing_new_is_told_of(sqlite_world: World, web: FakeWeb) -> None:
    watched(sqlite_world, beat_within_s=600)
    for _ in range(15):
        sqlite_world.clock.advance(seconds=60)
        turn(sqlite_world, web)
        cap_silence.watch(sqlite_world.office)

    ((kind, sentence),) = told(sqlite_world)
    assert kind == "feed_dead"
    assert "không có gì mới" in sentence

    web.list("A", updated=sqlite_world.clock.now.isoformat())
    sqlite_world.clock.advance(seconds=60)
    turn(sqlite_world, web)
    cap_silence.watch(sqlite_world.office)
    assert [kind for kind, _ in told(sqlite_world)] == ["feed_dead", "feed_alive"]


def test_feed_that_never_answered_is_missed_too(sqlite_world: World, web: FakeWeb) -> None:
    watched(sqlite_world, dead_after_s=300)
    sqlite_world.clock.advance(seconds=301)

    cap_silence.watch(sqlite_world.office)

    assert [kind for kind, _ in told(sqlite_world)] == ["feed_dead"]


def test_feed_that_fails_is_asked_less_and_less_often(sqlite_world: World, web: FakeWeb) -> None:
    feed = watched(sqlite_world)
    web.down = True
    pauses = []
    for _ in range(6):
        turn(sqlite_world, web)
        pauses.append((now_of(sqlite_world, feed).next_at - sqlite_world.clock.now).total_seconds())
        sqlite_world.clock.now = now_of(sqlite_world, feed).next_at

    assert pauses == [60, 120, 240, 480, 900, 900]


@pytest.mark.parametrize("as_date", [True, False])
def test_pause_that_the_server_asks_for_is_kept_up_to_an_hour(sqlite_world: World, web: FakeWeb, as_date: bool) -> None:
    feed = watched(sqlite_world)
    web.statuses = {URL: 503}
    web.retry_after = format_datetime(sqlite_world.clock.now + timedelta(seconds=1800)) if as_date else "1800"
    turn(sqlite_world, web)
    assert now_of(sqlite_world, feed).next_at == sqlite_world.clock.now + timedelta(seconds=1800)

    web.retry_after = "999999"
    sqlite_world.clock.advance(hours=1)
    turn(sqlite_world, web)
    assert now_of(sqlite_world, feed).next_at == sqlite_world.clock.now + timedelta(hours=1)


def test_hostile_feed_is_a_failure_and_not_a_fault(sqlite_world: World, web: FakeWeb) -> None:
    feed = watched(sqlite_world)
    web.pages[URL] = b"<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><feed>&e;</feed>"

    turn(sqlite_world, web)

    assert "DOCTYPE" in now_of(sqlite_world, feed).last_error
    assert now_of(sqlite_world, feed).last_ok_at is None


@pytest.mark.parametrize(
    ("new", "kind"),
    [
        (NewFeed(source="la", url=URL), NoSuchSource),
        (NewFeed(source="post", url="ftp://x/y"), BadFeedAddress),
        (NewFeed(source="post", url="https://a:b@x/y"), BadFeedAddress),
        (NewFeed(source="post", url="https://x/ y"), BadFeedAddress),
        (NewFeed(source="post", url="https://[x/"), BadFeedAddress),
        (NewFeed(source="post", url=f"https://x/{'y' * 500}"), BadFeedAddress),
        (NewFeed(source="post", url=URL, every_s=5), BadFeedTimes),
        (NewFeed(source="post", url=URL, every_s=600, dead_after_s=700), BadFeedTimes),
        (NewFeed(source="post", url=URL, beat_within_s=1), BadFeedTimes),
    ],
)
def test_wrong_feed_is_refused(sqlite_world: World, new: NewFeed, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        cap_feeds.add(sqlite_world.office, actor=sqlite_world.person("hoa"), new=new)


def test_feeds_are_an_administrator_s(sqlite_world: World) -> None:
    feed = watched(sqlite_world)

    for name in ("lan", "minh"):
        with pytest.raises(NotAllowed):
            cap_feeds.add(
                sqlite_world.office, actor=sqlite_world.person(name), new=NewFeed(source="tinh", url="https://b/")
            )
        with pytest.raises(NotAllowed):
            cap_feeds.remove(sqlite_world.office, actor=sqlite_world.person(name), feed=feed.id)


def test_feed_is_added_once_removed_once_and_there_are_not_too_many(sqlite_world: World, web: FakeWeb) -> None:
    feed, hoa = watched(sqlite_world), sqlite_world.person("hoa")
    turn(sqlite_world, web)
    with pytest.raises(FeedKnown):
        watched(sqlite_world)
    for number in range(cap_feeds.FEEDS_MOST - 1):
        watched(sqlite_world, url=f"https://tin.example/{number}")
    with pytest.raises(TooManyFeeds):
        watched(sqlite_world, url="https://tin.example/x")

    cap_feeds.remove(sqlite_world.office, actor=hoa, feed=feed.id)

    with pytest.raises(NoSuchThing):
        cap_feeds.remove(sqlite_world.office, actor=hoa, feed=feed.id)


def test_neighbour_cannot_touch_a_feed(sqlite_world: World) -> None:
    feed, neighbour = watched(sqlite_world), open_neighbour(sqlite_world)

    with pytest.raises(NoSuchThing):
        cap_feeds.remove(neighbour.office, actor=neighbour.person("hoa"), feed=feed.id)


@pytest.mark.parametrize("answers", [True, False])
def test_feed_removed_while_it_is_asked_does_not_come_back(sqlite_world: World, web: FakeWeb, answers: bool) -> None:
    feed = watched(sqlite_world)
    web.down = not answers

    def remove_meanwhile(wanted: Wanted) -> Fetched:
        if wanted.url == URL:
            cap_feeds.remove(sqlite_world.office, actor=sqlite_world.person("hoa"), feed=feed.id)
        return web(wanted)

    cap_polling.turn(sqlite_world.office, fetch=remove_meanwhile, check=no_checker)

    with sqlite_world.database.reading() as tx:
        assert rows.of_station(tx, sqlite_world.station) == ()
