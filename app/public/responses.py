"""How long answers of the public door may be kept, and by whom they may be found."""

from flask import Response, make_response, render_template, request


def revalidated(response: Response) -> Response:
    """A page for everybody: caches may keep it, and ask each time whether it still holds."""
    if response.status_code == 200 and not response.headers.get("Cache-Control"):
        response.headers["Cache-Control"] = "public, no-cache"
        response.vary.add("Accept-Language")
        response.add_etag()
        response.make_conditional(request)
    return response


def unlisted(response: Response) -> Response:
    """A page for one reader: no search engine, no cache (ASVS 14.2.1); Referrer-Policy is no-referrer everywhere."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "no-store"
    return response


def was_a_test() -> Response:
    """What a link of a test mail leads to, whatever was pressed there: nothing is changed by it."""
    return make_response(render_template("public/test_mail.html"))
