"""The nouns on the wire: GraphQL types, inputs and payloads.

Imports nothing of Parley's other rooms. What a nested field needs comes from `info.context`,
through the Protocol in `context`. Every field and argument has a description: people who explore
the API in GraphiQL read nothing else.
"""
