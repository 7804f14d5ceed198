"""System prompts that come ready-made."""

import pytest

from chat.errors import BadUserInputError
from chat.prompts import BUILT_IN, PromptPreset, PromptPresets


def test_there_are_four_presets_to_begin_with() -> None:
    presets = PromptPresets({})
    assert presets.all() == BUILT_IN
    keys = [preset.key for preset in presets.all()]
    assert keys == ["general", "customer_support", "technical_support", "sales"]


def test_a_deployments_own_presets_come_behind_the_built_in_ones() -> None:
    presets = PromptPresets({"pirate": "Arr."})
    assert presets.all() == (*BUILT_IN, PromptPreset("pirate", "Arr."))
    assert presets.prompt("pirate") == "Arr."


def test_a_deployments_own_preset_takes_the_place_of_a_built_in_one() -> None:
    presets = PromptPresets({"customer_support": "Be kind."})
    assert [preset.key for preset in presets.all()] == [preset.key for preset in BUILT_IN]
    assert presets.prompt("customer_support") == "Be kind."
    assert presets.prompt("general") == BUILT_IN[0].prompt


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(BadUserInputError) as caught:
        PromptPresets({}).prompt("pirate")
    assert caught.value.field == "preset"
