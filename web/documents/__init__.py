"""Everything between the text of a GraphQL document and its execution.

A document is read, measured and validated once, and its cost is reckoned for each request. Nothing
here executes a document or knows how it came.
"""
