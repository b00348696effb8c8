"""Topics: what is built parses back, and nothing else parses."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.wire.strategies import sha256s, slugs
from wire import topics
from wire.topics import AlertsAddress, ChunkAddress, DeviceAddress, DeviceTopic, TopicError

devices = slugs.filter(lambda name: name != topics.AUDIO)


@given(slugs)
def test_alerts_topic_parses_back(station: str) -> None:
    assert topics.parse(topics.alerts(station)) == AlertsAddress(station=station)


@given(slugs, devices, st.sampled_from(DeviceTopic))
def test_device_topic_parses_back(station: str, device: str, topic: DeviceTopic) -> None:
    assert topics.parse(topics.of_device(station, device, topic)) == DeviceAddress(
        station=station, device=device, topic=topic
    )


@given(slugs, sha256s, st.integers(0, 4095))
def test_chunk_topic_parses_back(station: str, sha256: str, number: int) -> None:
    assert topics.parse(topics.chunk(station, sha256, number)) == ChunkAddress(
        station=station, sha256=sha256, number=number
    )


@given(slugs, devices, slugs, devices)
def test_client_id_is_one_boxs_alone(station: str, device: str, station_2: str, device_2: str) -> None:
    same = (station, device) == (station_2, device_2)

    assert (topics.client_id(station, device) == topics.client_id(station_2, device_2)) == same


@given(st.text(max_size=120))
def test_parse_refuses_or_names_exactly_that_topic(text: str) -> None:
    _refuses_or_names(text)


@given(slugs, devices, st.sampled_from(DeviceTopic), st.data())
def test_parse_of_a_mutated_topic_refuses_or_names_exactly_that_topic(
    station: str, device: str, topic: DeviceTopic, data: st.DataObject
) -> None:
    built = topics.of_device(station, device, topic)
    position = data.draw(st.integers(0, len(built) - 1))
    mutated = built[:position] + data.draw(st.sampled_from("/+#$ \n\0A_é")) + built[position + 1 :]
    assume(mutated != built)

    _refuses_or_names(mutated)


def _refuses_or_names(text: str) -> None:
    try:
        address = topics.parse(text)
    except TopicError:
        return
    assert _built(address) == text


def _built(address: topics.Address) -> str:
    match address:
        case AlertsAddress(station=station):
            return topics.alerts(station)
        case DeviceAddress(station=station, device=device, topic=topic):
            return topics.of_device(station, device, topic)
        case ChunkAddress(station=station, sha256=sha256, number=number):
            return topics.chunk(station, sha256, number)


@pytest.mark.parametrize(
    "junk",
    [
        "",
        "loa/v1",
        "loa/v2/xa/alerts",
        "loa/v1/xa/alerts/",
        "/loa/v1/xa/alerts",
        "loa/v1/xa/alerts\n",
        "loa/v1/Xa/alerts",
        "loa/v1/xã/alerts",
        "loa/v1/-xa/alerts",
        "loa/v1/" + "x" * 41 + "/alerts",
        "loa/v1/+/+/plan",
        "loa/v1/xa/#",
        "loa/v1/xa/hop/plans",
        "loa/v1/xa/hop/plan/0",
        "loa/v1/xa/audio/plan",
        "loa/v1/xa/audio/" + "a" * 63 + "/0",
        "loa/v1/xa/audio/" + "A" * 64 + "/0",
        "loa/v1/xa/audio/" + "a" * 64 + "/01",
        "loa/v1/xa/audio/" + "a" * 64 + "/-1",
        "loa/v1/xa/audio/" + "a" * 64 + "/10000",
        "loa/v1/xa/audio/" + "a" * 64 + "/１",
    ],
)
def test_parse_refuses_junk(junk: str) -> None:
    with pytest.raises(TopicError):
        topics.parse(junk)


@pytest.mark.parametrize("name", ["", "+", "#", "a/b", "A", "xã", "a b", "-a", "a\n", "a" * 41])
def test_builders_refuse_a_name_that_is_none(name: str) -> None:
    with pytest.raises(TopicError):
        topics.alerts(name)
    with pytest.raises(TopicError):
        topics.every_chunk(name)
    with pytest.raises(TopicError):
        topics.of_device(name, "hop-1", DeviceTopic.PLAN)
    with pytest.raises(TopicError):
        topics.of_device("xa", name, DeviceTopic.PLAN)
    with pytest.raises(TopicError):
        topics.chunk("xa", name, 0)
    with pytest.raises(TopicError):
        topics.client_id("xa", name)


def test_no_box_is_called_audio() -> None:
    """Every box of a station may read below `audio/`, so a box of that name would have no private plan."""
    with pytest.raises(TopicError):
        topics.of_device("xa", "audio", DeviceTopic.PLAN)


def test_filters_are_the_ones_of_the_protocol() -> None:
    assert topics.of_every_device(DeviceTopic.STATUS) == "loa/v1/+/+/status"
    assert topics.every_chunk("xa") == "loa/v1/xa/audio/#"


def test_every_device_topic_has_a_direction() -> None:
    assert frozenset(DeviceTopic) == topics.UPWARD | topics.DOWNWARD
    assert {DeviceTopic.CLOCK} == topics.UPWARD & topics.DOWNWARD
