"""`communique demo`: the main job, before the user's eyes, on a service of its own."""

from app.cli.demo.command import demo

__all__ = ["demo"]
