"""A feed of warnings may rest: nobody asks it, nobody misses it, and people know who let it rest and why."""

import pytest

from broadcaster.domain.permissions import NotAllowed
from broadcaster.domain.station import NoSuchThing
from broadcaster.services.cap import feeds as cap_feeds
from broadcaster.services.cap import polling as cap_polling
from broadcaster.services.cap import silence as cap_silence
from broadcaster.services.cap.feeds import FeedRests, PauseUnexplained
from broadcaster.services.cap.intake import no_checker
from broadcaster.services.cap.polling import Fetched, Wanted
from broadcaster.store import audit, cap_received
from tests.broadcaster.services.cap.test_polling import names_received, now_of, told, turn, watched
from tests.fakes.cap_documents import document
from tests.fakes.cap_web import URL, FakeWeb
from tests.fakes.station_world import World, open_neighbour


@pytest.fixture
def web() -> FakeWeb:
    found = FakeWeb()
    found.list("A")
    return found


def test_a_feed_that_rests_is_not_asked_and_not_dead_and_people_know_who_and_why(world: World, web: FakeWeb) -> None:
    feed, hoa = watched(world, dead_after_s=300), world.person("hoa")
    turn(world, web)

    cap_feeds.pause(world.office, actor=hoa, feed=feed.id, why="  Tỉnh đổi máy chủ ")
    cap_feeds.pause(world.office, actor=hoa, feed=feed.id, why="bấm hai lần")
    world.clock.advance(hours=5)
    assert not turn(world, web)
    cap_silence.watch(world.office)

    resting = now_of(world, feed)
    assert resting.pause is not None
    assert (resting.pause.who, resting.pause.why, resting.dead_since) == (hoa.name, "Tỉnh đổi máy chủ", None)
    with pytest.raises(FeedRests):
        cap_feeds.ask_now(world.office, actor=hoa, feed=feed.id)
    assert told(world) == [
        ("feed_pause", f"{hoa.name} đã tạm dừng theo dõi nguồn cảnh báo “tinh”. Lý do: Tỉnh đổi máy chủ")
    ]


def test_a_feed_that_is_watched_again_has_its_time_to_answer(sqlite_world: World, web: FakeWeb) -> None:
    feed, hoa = watched(sqlite_world, dead_after_s=300, beat_within_s=600), sqlite_world.person("hoa")
    cap_feeds.pause(sqlite_world.office, actor=hoa, feed=feed.id, why="x")
    sqlite_world.clock.advance(hours=5)

    cap_feeds.resume(sqlite_world.office, actor=hoa, feed=feed.id)
    cap_feeds.resume(sqlite_world.office, actor=hoa, feed=feed.id)
    cap_silence.watch(sqlite_world.office)

    assert [kind for kind, _ in told(sqlite_world)] == ["feed_pause", "feed_resume"]
    assert turn(sqlite_world, web)
    sqlite_world.clock.advance(seconds=601)
    cap_silence.watch(sqlite_world.office)
    assert told(sqlite_world)[-1][0] == "feed_dead"


def test_key_in_an_address_is_told_to_nobody(sqlite_world: World, web: FakeWeb) -> None:
    feed, hoa = watched(sqlite_world, url=f"{URL}?key=BI-MAT", dead_after_s=300), sqlite_world.person("hoa")
    web.pages[feed.url] = document()
    turn(sqlite_world, web)
    sqlite_world.clock.advance(hours=1)
    cap_silence.watch(sqlite_world.office)
    cap_feeds.pause(sqlite_world.office, actor=hoa, feed=feed.id, why="x")

    with sqlite_world.database.reading() as tx:
        trail = [entry.detail for entry in audit.latest(tx, sqlite_world.station)]
        (received,) = cap_received.latest(tx, sqlite_world.station)
    assert [kind for kind, _ in told(sqlite_world)] == ["feed_dead", "feed_pause"]
    assert "BI-MAT" not in str([told(sqlite_world), trail, received])


def test_a_feed_paused_while_it_is_asked_brings_nothing_more(sqlite_world: World, web: FakeWeb) -> None:
    feed = watched(sqlite_world)

    def pause_meanwhile(wanted: Wanted) -> Fetched:
        if wanted.url == URL:
            cap_feeds.pause(sqlite_world.office, actor=sqlite_world.person("hoa"), feed=feed.id, why="x")
        return web(wanted)

    cap_polling.turn(sqlite_world.office, fetch=pause_meanwhile, check=no_checker)

    assert names_received(sqlite_world) == []
    assert now_of(sqlite_world, feed).pause is not None


def test_a_rest_has_a_reason_and_is_an_administrator_s(sqlite_world: World) -> None:
    feed, neighbour = watched(sqlite_world), open_neighbour(sqlite_world)

    with pytest.raises(PauseUnexplained):
        cap_feeds.pause(sqlite_world.office, actor=sqlite_world.person("hoa"), feed=feed.id, why=" \n ")
    for name in ("lan", "minh"):
        with pytest.raises(NotAllowed):
            cap_feeds.pause(sqlite_world.office, actor=sqlite_world.person(name), feed=feed.id, why="x")
        with pytest.raises(NotAllowed):
            cap_feeds.resume(sqlite_world.office, actor=sqlite_world.person(name), feed=feed.id)
    with pytest.raises(NoSuchThing):
        cap_feeds.pause(neighbour.office, actor=neighbour.person("hoa"), feed=feed.id, why="x")
