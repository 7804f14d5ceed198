"""What is remembered of models; what is sent is tested in `test_openai_requests`."""

from adapters.request_body import ModelShapes, Shape

_FIRST = Shape("max_tokens")
_LEARNT = Shape("max_tokens", frozenset({"temperature"}))


def test_a_thousand_models_are_remembered_and_the_oldest_is_forgotten() -> None:
    shapes = ModelShapes(_FIRST)
    for number in range(1001):
        shapes.learn(str(number), _LEARNT)
    assert shapes.of("0") == _FIRST
    assert shapes.of("1") == shapes.of("1000") == _LEARNT


def test_a_model_like_all_others_takes_no_room() -> None:
    shapes = ModelShapes(_FIRST)
    shapes.learn("special", _LEARNT)
    for number in range(1001):
        shapes.learn(str(number), _FIRST)
    assert shapes.of("special") == _LEARNT


def test_what_was_learnt_last_holds() -> None:
    shapes = ModelShapes(_FIRST)
    shapes.learn("m", _LEARNT)
    shapes.learn("m", _FIRST)
    assert shapes.of("m") == _FIRST
