"""HTTP: the GraphQL endpoint, who is let in, health and the pages."""
