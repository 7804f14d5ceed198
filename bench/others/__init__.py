"""Other servers of GraphQL, that Parley's reads are measured against."""
