"""The thread that watches feeds, whole: a real process fetches from a real server, and a draft is there."""

import time

import pytest

from broadcaster.adapters.cap_watch import CapWatch
from broadcaster.domain.alert import AlertState
from broadcaster.domain.cap.profile import Profile, Source
from broadcaster.services.cap import feeds as cap_feeds
from broadcaster.services.cap.feeds import NewFeed
from broadcaster.store import alerts, cap_received
from broadcaster.store import cap_feeds as rows
from tests.broadcaster.adapters.test_cap_fetch import Server, say, server
from tests.fakes.cap_documents import document
from tests.fakes.station_world import World

__all__ = ["server"]
FEED = """<feed xmlns="http://www.w3.org/2005/Atom"><updated>2026-03-02T00:59:00Z</updated>
<entry><id>a</id><link type="application/cap+xml" href="a.xml"/></entry>
<entry><id>b</id><link type="application/cap+xml" href="http://192.0.2.1/b.xml"/></entry></feed>"""


@pytest.mark.slow
def test_feed_s_warning_becomes_a_draft_and_its_foreign_link_is_left_alone(sqlite_world: World, server: Server) -> None:
    server.answers |= {"/feed.xml": say(200, FEED.encode(), ETag='"1"'), "/a.xml": say(200, document())}
    hoa = sqlite_world.person("hoa")
    with sqlite_world.database.writing() as tx:
        profile = Profile(sources=(Source(name="tinh"),))
        cap_received.set_profile(tx, sqlite_world.station, profile, by=hoa.id, now=sqlite_world.clock.now)
    new = NewFeed(source="tinh", url=f"{server.url}/feed.xml", allow_private=True)
    feed = cap_feeds.add(sqlite_world.office, actor=hoa, new=new)
    watch = CapWatch(sqlite_world.office, deadline_s=5)

    started = time.monotonic()
    watch.turn()
    watch.close()

    with sqlite_world.database.reading() as tx:
        drafts = alerts.of_station(tx, sqlite_world.station, states=(AlertState.DRAFT,))
        after = rows.get(tx, sqlite_world.station, feed.id)
    assert [alert.content.headline for alert in drafts] == ["Lũ quét sắp về"]
    assert [path for path, _ in server.asked] == ["/feed.xml", "/a.xml"]
    assert after is not None
    assert "máy chủ khác" in after.last_error
    assert time.monotonic() - started < 10
