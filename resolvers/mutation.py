"""The root fields of mutations."""

from typing import Annotated, Any

import strawberry

from chat.accounts import NewUser
from chat.conversations import NewBranch, NewConversation
from chat.drafts import ConversationChanges, OnBusy
from chat.interchange.importing import ImportFormat
from chat.records import UserRole
from chat.turn import Ask, Edit, Regenerate, Send
from resolvers import ids
from resolvers.context import Info
from resolvers.ids import Kind
from resolvers.presentation import (
    present_conversation,
    present_import,
    present_run,
    present_token,
    present_turn,
    present_user,
)
from schema import inputs, payloads

_INPUT = strawberry.argument(description="What to do.")


@strawberry.type(description="What can be done.")
class Mutation:
    """What can be done."""

    @strawberry.mutation(description="Start a conversation, without a message yet.")
    async def create_conversation(
        self,
        info: Info,
        input: Annotated[inputs.CreateConversationInput, _INPUT],
    ) -> payloads.CreateConversationPayload:
        """Start a conversation."""
        conversation = await info.context.application.conversations.create(
            info.context.viewer.user.id,
            NewConversation(
                name=input.name,
                model=input.model,
                preset=input.preset,
                system_prompt=input.system_prompt,
                temperature=input.temperature,
                max_tokens=input.max_tokens,
            ),
        )
        return payloads.CreateConversationPayload(conversation=present_conversation(conversation))

    @strawberry.mutation(description="Change a conversation.")
    async def update_conversation(
        self,
        info: Info,
        input: Annotated[inputs.UpdateConversationInput, _INPUT],
    ) -> payloads.UpdateConversationPayload:
        """Change a conversation."""
        conversation = await info.context.application.conversations.update(
            info.context.viewer.user.id, ids.decode(Kind.CONVERSATION, input.id), _changes(input)
        )
        return payloads.UpdateConversationPayload(conversation=present_conversation(conversation))

    @strawberry.mutation(
        description="Delete a conversation, its variants, and the messages that no branch shows."
    )
    async def delete_conversation(
        self,
        info: Info,
        input: Annotated[inputs.DeleteConversationInput, _INPUT],
    ) -> payloads.DeleteConversationPayload:
        """Delete a conversation."""
        key = ids.decode(Kind.CONVERSATION, input.id)
        await info.context.application.conversations.delete(info.context.viewer.user.id, key)
        return payloads.DeleteConversationPayload(deleted_id=input.id)

    @strawberry.mutation(description="Say something to the model and get its reply.")
    async def send_message(
        self,
        info: Info,
        input: Annotated[inputs.SendMessageInput, _INPUT],
    ) -> payloads.SendMessagePayload:
        """Say something to the model."""
        send = Send(
            conversation_id=ids.decode_optional(
                Kind.CONVERSATION, input.conversation_id, "conversationId"
            ),
            content=input.content,
            model=input.model,
            temperature=input.temperature,
            max_tokens=input.max_tokens,
            idempotency_key=input.idempotency_key,
            on_busy=OnBusy[input.on_busy.name],
        )
        return await _turn(info, send, wait=input.wait)

    @strawberry.mutation(
        description="Say something else in place of one of your messages. The message and what "
        "followed it stay; the answer's conversation is a variant that goes on from before it."
    )
    async def edit_message(
        self,
        info: Info,
        input: Annotated[inputs.EditMessageInput, _INPUT],
    ) -> payloads.SendMessagePayload:
        """Say something else in place of a message."""
        edit = Edit(
            message_id=ids.decode(Kind.MESSAGE, input.message_id, "messageId"),
            content=input.content,
            model=input.model,
            temperature=input.temperature,
            max_tokens=input.max_tokens,
            idempotency_key=input.idempotency_key,
        )
        return await _turn(info, edit, wait=input.wait)

    @strawberry.mutation(
        description="Get another reply to the same message. The reply and what followed it stay; "
        "the answer's conversation is a variant. A last reply that is FAILED or INTERRUPTED is "
        "followed by the new one in the same conversation instead."
    )
    async def regenerate_reply(
        self,
        info: Info,
        input: Annotated[inputs.RegenerateReplyInput, _INPUT],
    ) -> payloads.SendMessagePayload:
        """Get another reply to the same message."""
        regenerate = Regenerate(
            message_id=ids.decode(Kind.MESSAGE, input.message_id, "messageId"),
            model=input.model,
            temperature=input.temperature,
            max_tokens=input.max_tokens,
            idempotency_key=input.idempotency_key,
        )
        return await _turn(info, regenerate, wait=input.wait)

    @strawberry.mutation(
        description="Stop a run, wherever it runs. What was written is kept; a run that waits "
        "ends with an empty reply. A run that is final stays as it is, so it may be repeated."
    )
    async def stop_run(
        self,
        info: Info,
        input: Annotated[inputs.StopRunInput, _INPUT],
    ) -> payloads.StopRunPayload:
        """Stop a run."""
        key = ids.decode(Kind.RUN, input.run_id, "runId")
        run = await info.context.application.engine.stop(info.context.viewer.user, key)
        return payloads.StopRunPayload(run=present_run(run))

    @strawberry.mutation(
        description="Fork a conversation. It copies no message, however many are shared."
    )
    async def branch_conversation(
        self,
        info: Info,
        input: Annotated[inputs.BranchConversationInput, _INPUT],
    ) -> payloads.BranchConversationPayload:
        """Fork a conversation."""
        conversation = await info.context.application.conversations.branch(
            info.context.viewer.user.id,
            ids.decode(Kind.CONVERSATION, input.conversation_id, "conversationId"),
            NewBranch(
                at_message_id=ids.decode_optional(Kind.MESSAGE, input.at_message_id, "atMessageId"),
                topic=input.topic,
                name=input.name,
                system_prompt=input.system_prompt,
                model=input.model,
            ),
        )
        return payloads.BranchConversationPayload(conversation=present_conversation(conversation))

    @strawberry.mutation(
        description="Take over conversations from a file. They are new ones of yours, with the "
        "dates and token counts of the file; the month's usage stays as it is. A malformed file "
        "changes nothing. What is here already is skipped, so an import may be repeated. It counts "
        "as a send."
    )
    async def import_conversations(
        self,
        info: Info,
        input: Annotated[inputs.ImportConversationsInput, _INPUT],
    ) -> payloads.ImportConversationsPayload:
        """Take over conversations from a file."""
        report = await info.context.application.imports.request(
            info.context.viewer.user.id, input.data, ImportFormat[input.format.name]
        )
        loader = info.context.fields.loaders.conversation
        found = await loader.load_many(report.conversations)
        return present_import(report, [one for one in found if one is not None])

    @strawberry.mutation(description="Make a token of your own.")
    async def create_api_token(
        self,
        info: Info,
        input: Annotated[inputs.CreateApiTokenInput, _INPUT],
    ) -> payloads.CreateApiTokenPayload:
        """Make a token."""
        token, secret = await info.context.application.accounts.create_token(
            info.context.viewer.user.id, input.name, expires_at=input.expires_at
        )
        return payloads.CreateApiTokenPayload(api_token=present_token(token), secret=secret)

    @strawberry.mutation(description="Revoke a token of your own, at once.")
    async def revoke_api_token(
        self,
        info: Info,
        input: Annotated[inputs.RevokeApiTokenInput, _INPUT],
    ) -> payloads.RevokeApiTokenPayload:
        """Revoke a token."""
        key = ids.decode(Kind.API_TOKEN, input.id)
        await info.context.application.accounts.revoke_token(info.context.viewer.user.id, key)
        return payloads.RevokeApiTokenPayload(revoked_id=input.id)

    @strawberry.mutation(
        description="Delete everything that is yours, your account and its tokens included, for "
        "good. Runs stop, subscriptions end."
    )
    async def delete_my_data(self, info: Info) -> payloads.DeleteMyDataPayload:
        """Delete every row of the viewer."""
        erased = await info.context.application.erasure.erase(info.context.viewer.user.id)
        return payloads.DeleteMyDataPayload(
            deleted_conversations=len(erased.conversation_ids), deleted_messages=erased.messages
        )

    @strawberry.mutation(description="Add a user. For admins.")
    async def create_user(
        self,
        info: Info,
        input: Annotated[inputs.CreateUserInput, _INPUT],
    ) -> payloads.CreateUserPayload:
        """Add a user."""
        new = NewUser(
            name=input.name,
            email=input.email,
            role=UserRole[input.role.name],
            token_limit=input.token_limit,
        )
        user = await info.context.application.accounts.create_user(info.context.viewer, new)
        return payloads.CreateUserPayload(user=present_user(user))

    @strawberry.mutation(description="Set a user's monthly limit. For admins.")
    async def set_token_limit(
        self,
        info: Info,
        input: Annotated[inputs.SetTokenLimitInput, _INPUT],
    ) -> payloads.SetTokenLimitPayload:
        """Set a user's monthly limit."""
        key = ids.decode(Kind.USER, input.user_id, "userId")
        user = await info.context.application.accounts.set_token_limit(
            info.context.viewer, key, input.token_limit
        )
        return payloads.SetTokenLimitPayload(user=present_user(user))


async def _turn(info: Info, ask: Ask, *, wait: bool) -> payloads.SendMessagePayload:
    """Ask the model, and wait for its reply if that is wanted."""
    engine, user = info.context.application.engine, info.context.viewer.user
    turn = await engine.send(user, ask)
    if wait:
        turn = await engine.awaited(user, turn, within_seconds=info.context.wait_seconds)
    return present_turn(turn)


def _changes(wire: inputs.UpdateConversationInput) -> ConversationChanges:
    """What was named in the input, null included."""
    named: dict[str, strawberry.Some[Any] | None] = {
        "name": wire.name,
        "model": wire.model,
        "system_prompt": wire.system_prompt,
        "temperature": wire.temperature,
        "max_tokens": wire.max_tokens,
    }
    columns = {column: some.value for column, some in named.items() if some is not None}
    archived = None if wire.archived is None else bool(wire.archived.value)
    return ConversationChanges(columns, archived)
