"""A client that goes away, or leaves a subscription, at any moment is no error of the server."""

import pytest

from tests.operations.belongings import belongings
from tests.operations.error_log import error_log
from tests.scripted_model import ScriptedModel
from tests.served import Client, Served, Socket

FOLLOW = """subscription ($id: ID!) {
    conversationEvents(conversationId: $id, afterIndex: -1) {
        ... on MessageFinished { message { content variants { content } } }
    }
}"""


async def follow(socket: Socket, id_: str, conversation_id: str) -> None:
    """Subscribe."""
    payload = {"query": FOLLOW, "variables": {"id": conversation_id}}
    await socket.raw.send_json({"type": "subscribe", "id": id_, "payload": payload})


@pytest.mark.parametrize("step", [1, 3])
async def test_a_socket_that_goes_away_while_it_is_told_something_logs_no_error(
    alice: Client, parley: Served, model: ScriptedModel, step: int
) -> None:
    conversation_id = (await belongings(alice, model)).ids["conversation"]
    with error_log(parley) as log:
        for number in range(25):
            async with alice.socket() as socket:
                for id_ in range(30):
                    await follow(socket, str(id_), conversation_id)
                for _ in range(number * step):
                    await socket.message()
                await socket.raw.close()
        assert (await alice("{ viewer { name } }")).status == 200
    assert log.taken() == []
