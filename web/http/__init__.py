"""GraphQL over HTTP: one request, and one answer or one stream.

Source: https://graphql.github.io/graphql-over-http/draft/
"""
