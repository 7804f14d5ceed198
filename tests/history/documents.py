"""The operations that the clients of the history test use."""

_MESSAGE = "id index role content status conversation { id }"
_TURN = f"""
    conversation {{ id }}
    run {{ id status reply {{ {_MESSAGE} }} }}
    userMessage {{ {_MESSAGE} }}
    reply {{ id }}
"""

SEND_MESSAGE = f"""mutation ($input: SendMessageInput!) {{
    sendMessage(input: $input) {{ {_TURN} }}
}}"""
EDIT_MESSAGE = f"""mutation ($input: EditMessageInput!) {{
    editMessage(input: $input) {{ {_TURN} }}
}}"""
REGENERATE_REPLY = f"""mutation ($input: RegenerateReplyInput!) {{
    regenerateReply(input: $input) {{ {_TURN} }}
}}"""
STOP_RUN = """mutation ($input: StopRunInput!) {
    stopRun(input: $input) { run { id status } }
}"""
BRANCH_CONVERSATION = """mutation ($input: BranchConversationInput!) {
    branchConversation(input: $input) { conversation { id } }
}"""
DELETE_CONVERSATION = """mutation ($input: DeleteConversationInput!) {
    deleteConversation(input: $input) { deletedId }
}"""
MESSAGES = f"""query ($id: ID!, $first: Int, $after: String) {{
    messages(conversationId: $id, first: $first, after: $after) {{
        nodes {{ {_MESSAGE} }}
        pageInfo {{ hasNextPage endCursor }}
    }}
}}"""
CONVERSATION_EVENTS = f"""subscription ($id: ID!, $after: Int) {{
    conversationEvents(conversationId: $id, afterIndex: $after) {{
        __typename
        ... on MessageAdded {{ message {{ {_MESSAGE} }} }}
        ... on MessageDelta {{ messageId offset text }}
        ... on MessageFinished {{ message {{ {_MESSAGE} }} }}
    }}
}}"""
