"""The component base, Bootstrap, as Bootstrap-Flask brings it: served by us, and only its style sheet is used."""

from flask import Flask, Response
from flask_bootstrap import Bootstrap5

from app.console import navigation
from app.web.access import access


def install(app: Flask) -> None:
    """Serve the component base, and let templates ask where they may lead."""
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    Bootstrap5(app)
    serve = app.view_functions["bootstrap.static"]

    @access("public")
    def component(filename: str) -> Response:
        """A file of the component base."""
        return serve(filename=filename)  # type: ignore[return-value]

    app.view_functions["bootstrap.static"] = component
    app.jinja_env.globals.update(
        navigation=navigation.entries,
        has_page=navigation.has_page,
        may=navigation.may,
        page_url=navigation.page_url,
    )
