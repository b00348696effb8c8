"""Tonight and *vì sao?* for programs."""

from datetime import timedelta

from tests.fakes.station_site import ApiCaller
from tests.fakes.station_world import World


def test_rehearsal_names_each_cluster_with_its_verdict_and_what_to_do(api: ApiCaller, sqlite_world: World) -> None:
    world = sqlite_world
    world.enrol(0)
    airing = world.plan(world.approved(), world.clock.now + timedelta(hours=1))

    told = api("GET", "/rehearsal").json()

    assert (told["verdict"], told["exit_code"], told["can_tell"]) == ("silent", 1, True)
    assert [each["problems"][0]["code"] for each in told["clusters"]] == ["box_never_seen", "no_box"]
    assert all("Xin " in each["problems"][0]["message"] for each in told["clusters"])
    assert [each["airing_id"] for each in told["airings"]] == [airing.id]


def test_rehearsal_of_an_empty_day_cannot_tell(api: ApiCaller) -> None:
    told = api("GET", "/rehearsal").json()

    assert (told["can_tell"], told["first_at"], told["clusters"]) == (False, None, [])
    assert [problem["code"] for problem in told["problems"]] == ["server_disk_low"]  # as this test's site says


def test_rehearsal_is_for_those_who_are_known(api: ApiCaller) -> None:
    assert api("GET", "/rehearsal", as_=None).status_code == 401


def test_delivery_answers_why(api: ApiCaller, sqlite_world: World) -> None:
    airing = sqlite_world.plan(sqlite_world.approved(), sqlite_world.clock.now + timedelta(hours=1))

    deliveries = api("GET", f"/airings/{airing.id}").json()["deliveries"]

    assert [d["why"].split(" vì ")[1].split(".")[0] for d in deliveries] == ["nơi này chưa lắp bộ thu"] * 2
    assert all("Lượt này do Lan đặt giờ lúc 08:00" in d["why"] for d in deliveries)
