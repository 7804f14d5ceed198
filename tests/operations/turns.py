"""Operations on turns that several tests send: stops, edits, regenerations, variants."""

from typing import cast

from tests.served import Answer, Client, Json

_TURN = """
    conversation { id branchKind branchedAtIndex messageCount activeVariant { id } }
    run { id status }
    userMessage { id index content }
    reply { id index content status }
    tokensUsed
"""
STOP = "mutation ($id: ID!) { stopRun(input: {runId: $id}) { run { id status } } }"
EDIT = f"mutation ($input: EditMessageInput!) {{ editMessage(input: $input) {{ {_TURN} }} }}"
REGENERATE = (
    f"mutation ($input: RegenerateReplyInput!) {{ regenerateReply(input: $input) {{ {_TURN} }} }}"
)
VARIANTS = "query ($id: ID!) { message(id: $id) { variants { id content index } } }"
ACTIVE = "query ($id: ID!) { conversation(id: $id) { activeVariant { id } } }"


async def stop(client: Client, run_id: str) -> str:
    """Stop a run; its status then."""
    answer = await client(STOP, id=run_id)
    return str(answer.data["stopRun"]["run"]["status"])


async def try_edit(client: Client, message_id: str, content: str, **fields: object) -> Answer:
    """Edit a message and get the whole answer."""
    return await client(EDIT, input={"messageId": message_id, "content": content, **fields})


async def edit(client: Client, message_id: str, content: str, **fields: object) -> Json:
    """Edit a message and get the payload."""
    answer = await try_edit(client, message_id, content, **fields)
    return cast("Json", answer.data["editMessage"])


async def try_regenerate(client: Client, message_id: str, **fields: object) -> Answer:
    """Regenerate a reply and get the whole answer."""
    return await client(REGENERATE, input={"messageId": message_id, **fields})


async def regenerate(client: Client, message_id: str, **fields: object) -> Json:
    """Regenerate a reply and get the payload."""
    answer = await try_regenerate(client, message_id, **fields)
    return cast("Json", answer.data["regenerateReply"])


async def variants(client: Client, message_id: str) -> list[str]:
    """The ids of a message's alternatives."""
    answer = await client(VARIANTS, id=message_id)
    return [one["id"] for one in answer.data["message"]["variants"]]


async def active_variant(client: Client, conversation_id: str) -> str:
    """The variant that was used last."""
    answer = await client(ACTIVE, id=conversation_id)
    return str(answer.data["conversation"]["activeVariant"]["id"])


async def final_run(client: Client, run_id: str) -> Json:
    """A run once it is final, found by polling as clients without subscriptions do."""
    while True:
        answer = await client("query ($id: ID!) { run(id: $id) { id status } }", id=run_id)
        run = cast("Json", answer.data["run"])
        if run["status"] not in {"QUEUED", "RUNNING"}:
            return run
