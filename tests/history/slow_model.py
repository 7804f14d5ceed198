"""A model that writes slowly, so that kills and stops hit the middle of replies, and may fail."""

from random import Random

from tests.scripted_model import Behaviour, ScriptedModel, refuse, say, say_then_cut

_LONGEST_SECONDS = 2.5
_SYLLABLES = ("la ", "👋🏽 ", "né\n", "𝄞", "word ", "ß, ", "数 ", '"quoted" ')


def slow_model(random: Random) -> ScriptedModel:
    """A model server that behaves as `random` says."""
    return ScriptedModel(lambda: _behaviour(random))


def _behaviour(random: Random) -> Behaviour:
    pieces = [
        random.choice(_SYLLABLES) * random.randint(1, 3) for _ in range(random.randint(3, 30))
    ]
    usage = (random.randint(5, 60), len(pieces)) if random.random() < 0.8 else None
    pause = random.uniform(0.2, _LONGEST_SECONDS) / len(pieces)
    speaking = say(*pieces, usage=usage, pause_seconds=pause)
    failures = (refuse(500), refuse(429), refuse(400), say_then_cut(*pieces), say_then_cut())
    return random.choice(failures) if random.random() < 0.2 else speaking
