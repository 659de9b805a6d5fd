"""The verbs: what the service does. They take session, settings and clock as arguments, and never commit."""
