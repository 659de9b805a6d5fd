"""How fast mail may go: permits and connections that all processes share through Redis."""
