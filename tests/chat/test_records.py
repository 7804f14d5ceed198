"""The records, and what the rules hand to the stores: frozen, slotted, and plain."""

import dataclasses
from types import ModuleType

import pytest

from chat import application, drafts, events, history, model, options, paging, prompts, records
from chat.drafts import RunOutcome
from chat.options import Options
from chat.records import MessageStatus, RunStatus
from tests.chat.examples import NOW, a_user

ROOMS = (application, drafts, events, history, model, options, paging, prompts, records)


def records_of(module: ModuleType) -> list[type]:
    """The dataclasses that a module makes."""
    own = (
        kind for kind in vars(module).values() if getattr(kind, "__module__", "") == module.__name__
    )
    return [kind for kind in own if isinstance(kind, type) and dataclasses.is_dataclass(kind)]


@pytest.mark.parametrize("kind", [kind for module in ROOMS for kind in records_of(module)])
def test_a_record_is_frozen_and_slotted(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(kind)


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        a_user().name = "Eve"  # type: ignore[misc]


@pytest.mark.parametrize("status", RunStatus)
def test_a_run_is_final_unless_it_waits_or_runs(status: RunStatus) -> None:
    assert status.final == (status not in {RunStatus.QUEUED, RunStatus.RUNNING})


@pytest.mark.parametrize("status", MessageStatus)
def test_a_message_is_final_unless_it_waits_or_is_being_written(status: MessageStatus) -> None:
    assert status.final == (status not in {MessageStatus.QUEUED, MessageStatus.STREAMING})


@pytest.mark.parametrize("status", [status for status in RunStatus if status.final])
def test_a_reply_ends_in_the_state_of_its_run(status: RunStatus) -> None:
    outcome = RunOutcome("here", status, "", NOW)
    assert outcome.message_status.value == status.value
    assert outcome.message_status.final


def test_every_model_is_listed_once_and_the_default_one_first() -> None:
    assert Options().models == ("gpt-4o-mini",)
    chosen = Options(default_model="b", other_models=("a", "b", "c", "a"))
    assert chosen.models == ("b", "a", "c")
