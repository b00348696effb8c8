"""What was started with buttons, through the REST interface."""

from tests.broadcaster.services.alarm.test_preparing import prepare
from tests.broadcaster.services.test_pressed_buttons import press
from tests.fakes.station_site import ApiCaller
from tests.fakes.station_world import World


def test_the_list_is_to_be_had_through_the_interface(sqlite_world: World, api: ApiCaller) -> None:
    box, message = sqlite_world.enrol(), prepare(sqlite_world)
    press(sqlite_world, box, message.id)

    answer = api("GET", "/alerts/pressed", as_="lan")

    assert answer.status_code == 200
    (line,) = answer.json()
    assert (line["device_id"], line["message_id"], line["outcome"]) == (box.id, message.id, "played")
    assert line["headline"] == message.headline
