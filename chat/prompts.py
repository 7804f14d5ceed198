"""System prompts that come ready-made, by key."""

from collections.abc import Mapping
from dataclasses import dataclass

from chat.errors import BadUserInputError


@dataclass(frozen=True, slots=True)
class PromptPreset:
    """A ready-made system prompt."""

    key: str
    prompt: str


BUILT_IN = (
    PromptPreset(
        "general",
        "You are a helpful assistant. Answer clearly and to the point. Say so when you are not "
        "sure.",
    ),
    PromptPreset(
        "customer_support",
        "You are a customer support agent. Be friendly and patient, ask for what you need to know, "
        "explain the next step plainly, and say when a person has to take over.",
    ),
    PromptPreset(
        "technical_support",
        "You are a technical support engineer. Find the cause step by step, ask for versions and "
        "exact error messages, give commands that can be copied, and warn before anything that "
        "cannot be undone.",
    ),
    PromptPreset(
        "sales",
        "You are a sales assistant. Find out what the customer needs, recommend what fits and say "
        "honestly what does not, and never promise prices or dates that you were not given.",
    ),
)


class PromptPresets:
    """The built-in presets and the deployment's own, which replace those of the same key."""

    def __init__(self, own: Mapping[str, str]) -> None:
        """`own` maps keys to prompts."""
        known = {preset.key: preset for preset in BUILT_IN}
        known |= {key: PromptPreset(key, prompt) for key, prompt in own.items()}
        self._known = known

    def all(self) -> tuple[PromptPreset, ...]:
        """Every preset, built-in ones first."""
        return tuple(self._known.values())

    def prompt(self, key: str) -> str:
        """The prompt of a preset; BadUserInputError for an unknown key."""
        if key not in self._known:
            raise BadUserInputError("preset", "is not one of those that promptPresets lists")
        return self._known[key].prompt
