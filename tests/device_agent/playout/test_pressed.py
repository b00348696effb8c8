"""The button's rules: never more often than allowed whatever the clocks do, and below the station's own alerts only."""

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.playout import pressed
from device_agent.playout.pressed import GUESSES, GUESSES_WITHIN_S, Instant, Mark, Refusal, elapsed_s
from tests.fakes.box_sim import NOON, BoxSim, alert, plan, recording
from wire.messages import AlertStatus, Burst, Button, Plan, PreparedMessage

SIREN = (Burst(on_ms=2000, off_ms=1000, times=2),)
WORDS = recording(7, duration_ms=4000)
FIRE = PreparedMessage(message_id="chay", event="Cháy", headline="Cháy rừng", siren=SIREN, recording=WORDS, times=2)
INTERVAL_S = 300


def allowed(**fields: object) -> Plan:
    button = Button(messages=("lu", "chay"), least_interval_s=INTERVAL_S)
    return plan(prepared=(FIRE,), button=button).model_copy(update=fields)


def instant(at_s: float, *, boot: str = "a", trusted: bool = True) -> Instant:
    now = NOON + timedelta(seconds=at_s)
    return Instant(boot=boot, monotonic_s=at_s, earliest=now, latest=now if trusted else None)


def refusal(of: Plan | None, number: int = 2, **fields: object) -> Refusal | None:
    values: dict[str, object] = {
        "last": None, "now": instant(0), "is_sounding": False, "cached": frozenset({WORDS.sha256}), **fields,
    }  # fmt: skip
    return pressed.refusal(of, number, **values)  # type: ignore[arg-type]  # the test's own fields


def test_a_press_starts_what_the_plan_names_and_nothing_else() -> None:
    assert refusal(allowed()) is None
    assert refusal(None) is Refusal.OFF
    assert refusal(allowed(button=None)) is Refusal.OFF
    assert [refusal(allowed(), n) for n in (0, 1, 3, -1)] == [Refusal.UNKNOWN] * 4
    assert refusal(allowed(), cached=frozenset()) is Refusal.NO_AUDIO
    assert refusal(allowed(), is_sounding=True) is Refusal.SOUNDING


def test_an_alert_of_the_box_is_real_public_and_bounded() -> None:
    made = pressed.alert_of(FIRE, alert_id="nut-1", pressed_at=NOON)
    assert (made.status, made.bursts, made.times, made.repeat_every_s) == (AlertStatus.ACTUAL, SIREN, 2, None)
    assert made.pressed == "chay"
    assert made.expires_at - NOON == timedelta(seconds=5 + 2 * 5, minutes=2)
    long = FIRE.model_copy(update={"recording": recording(7, duration_ms=3_600_000), "times": 20})
    assert pressed.life_of(long) == pressed.LONGEST_LIFE


STEPS = st.lists(
    st.tuples(st.sampled_from(["wait", "press", "press", "reboot", "lose trust", "win trust", "look"]),
              st.floats(0, 2000)),
    max_size=40,
)  # fmt: skip


def presses(steps: list[tuple[str, float]], elapsed: Callable[[Mark, Instant], float]) -> list[float]:
    """Return when presses started something, by the true time that no box knows, on a box of these adventures."""
    now_s, booted_s, boot, trusted, last, pressed_at = 1e6, 0.0, 0, True, None, []
    for what, seconds in steps:
        now_s += seconds if what in {"wait", "reboot"} else 0.0
        boot += what == "reboot"
        booted_s = now_s if what == "reboot" else booted_s
        trusted = {"lose trust": False, "reboot": False, "win trust": True}.get(what, trusted)
        true = NOON + timedelta(seconds=now_s)
        here = Instant(
            boot=str(boot), monotonic_s=now_s - booted_s, earliest=true if trusted else NOON,
            latest=true if trusted else None,
        )  # fmt: skip
        if what == "look" and last is not None:
            last = pressed.rested(last, here)
        if what == "press" and (last is None or elapsed(last, here) >= INTERVAL_S):
            last = Mark(at=here)
            pressed_at.append(now_s)
    return pressed_at


def too_close(found: list[float]) -> bool:
    return any(b - a < INTERVAL_S - 1e-6 for a, b in itertools.pairwise(found))


@given(STEPS)
def test_no_adventure_makes_room_for_a_press_too_many(steps: list[tuple[str, float]]) -> None:
    assert not too_close(presses(steps, elapsed_s))


def test_a_rule_that_forgets_at_a_reboot_is_caught() -> None:
    def forgetful(mark: Mark, now: Instant) -> float:
        return now.monotonic_s - mark.at.monotonic_s if mark.at.boot == now.boot else float("inf")

    assert too_close(presses([("press", 0), ("reboot", 20), ("press", 0)], forgetful))


@given(st.floats(INTERVAL_S, 1e6))
def test_whoever_waits_long_enough_may_press_again(waited_s: float) -> None:
    last = Mark(at=instant(0))
    assert refusal(allowed(), last=last, now=instant(waited_s)) is None
    assert refusal(allowed(), last=last, now=instant(INTERVAL_S - 1)) is Refusal.TOO_SOON
    rested = pressed.rested(last, instant(waited_s))
    assert refusal(allowed(), last=rested, now=instant(1, boot="b", trusted=False)) is None


@given(st.lists(st.floats(0, 300), max_size=60))
def test_five_wrong_pins_within_ten_minutes_and_no_more(pauses: list[float]) -> None:
    guesses: tuple[Mark, ...] = ()
    at_s, taken = 0.0, []
    for pause in pauses:
        at_s += pause
        if pressed.may_guess(guesses, instant(at_s)):
            guesses = (*pressed.recent(guesses, instant(at_s)), Mark(at=instant(at_s)))
            taken.append(at_s)
    assert all(b - a >= GUESSES_WITHIN_S - 1e-6 for a, b in zip(taken, taken[GUESSES:], strict=False))


@pytest.fixture
def box() -> BoxSim:
    """A box without a trusted clock, whose alerts nobody confirms: as after a reboot with the broker gone."""
    sim = BoxSim(plan=allowed(), cached=frozenset({WORDS.sha256, recording(9).sha256}))
    sim.trusted_since, sim.alerts_confirmed = None, False
    return sim


def sounded(box: BoxSim) -> list[tuple[str, str]]:
    return [(h.sound.alert.alert_id, str(h.sound.part)) for h in box.heard if h.sound.alert is not None]


def test_it_sounds_siren_and_words_without_time_or_confirmation_and_then_never_again(box: BoxSim) -> None:
    box.alerts = (pressed.alert_of(FIRE, alert_id="nut-1", pressed_at=box.now),)
    box.advance(60)
    assert sounded(box) == [("nut-1", "siren"), ("nut-1", "speech"), ("nut-1", "speech")]
    assert [(name, outcome) for name, outcome, _ in box.alert_reports] == [("nut-1", "played")]


def test_a_real_alert_of_the_station_cuts_it_and_a_drill_waits_for_it(box: BoxSim) -> None:
    box.alerts_confirmed = True
    mine = pressed.alert_of(FIRE, alert_id="nut-1", pressed_at=box.now)
    drill = alert("drill", box.now, status=AlertStatus.EXERCISE, times=1)
    box.alerts = (drill, mine)
    box.advance(2)
    assert sounded(box) == [("nut-1", "siren")]
    flood = alert("flood", box.now, siren=SIREN, times=1)
    box.alerts = (drill, flood, mine)
    box.advance(120)
    names = [name for name, _ in sounded(box)]
    assert names == ["nut-1", "flood", "flood", "nut-1", "nut-1", "nut-1", "drill"]
