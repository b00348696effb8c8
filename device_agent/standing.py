"""How the box stands: what it holds, what sounds and what is wrong, gathered from all its parts for the status."""

from dataclasses import dataclass

from device_agent.booking import Books
from device_agent.box import Box
from device_agent.button.button import Button
from device_agent.inbox import Inbox
from device_agent.obedience import Obedience
from device_agent.portrait import State, playing_of
from device_agent.provisions import Provisions
from device_agent.stage.stage import Stage
from device_agent.updating.updating import Updating
from device_agent.wellbeing import Condition, Wellbeing


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The parts that are asked."""

    box: Box
    books: Books
    button: Button
    inbox: Inbox
    obedience: Obedience
    provisions: Provisions
    stage: Stage
    updating: Updating
    wellbeing: Wellbeing

    def state(self) -> State:
        """Return how things stand now."""
        box, documents, stage = self.box, self.box.documents, self.stage
        return State(
            plan=documents.plan.revision if documents.plan is not None else None,
            alerts=documents.alerts.revision if documents.alerts is not None else None,
            audio_missing=self.provisions.progress(),
            clock=box.timekeeper.belief(),
            playing=playing_of(
                stage.active, stage.start_error_ms, heard=stage.witness.heard, source=stage.source
            ),
            health=self.wellbeing.health(
                Condition(
                    agent_version=box.agent_version, player=stage.player_name, audio_errors=self.errors(),
                    refused_documents=self.inbox.refused, last_refusal=self.inbox.last_refusal,
                    self_test=box.ear_memory.self_test, update=self.updating.told,
                )
            ),
        )  # fmt: skip

    def errors(self) -> tuple[str, ...]:
        """Return what is wrong, as codes for the station's page, the gravest first."""
        faults = {
            "sound_device": self.stage.device_fault, "amplifier": self.box.power.fault, "ear": self.stage.witness.fault,
        }  # fmt: skip
        own = (f"{name}:{fault}" for name, fault in faults.items() if fault is not None)
        behind = ("journal_unwritable",) if self.books.is_behind else ()
        told = (*self.obedience.errors(), *behind, *self.provisions.errors())
        return (*own, *self.button.faults(), *told)
