"""The way out, and back: what works in the background."""
