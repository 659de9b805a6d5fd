"""What all pages share: the installation, who may call a route, errors as pages, security headers, health."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.database import ENGINE_OPTIONS
from app.db import db, migrate
from app.jobs import CeleryBell, attach, celery_client
from app.settings import Settings
from app.web import access, arriving, errors, headers, health, installation, language, limiting, pages

MAXIMUM_BODY = 12_000_000
MAXIMUM_FORM = 1_000_000


def set_up(app: Flask, settings: Settings) -> None:
    """Configure what every door relies on. Links never come from the request's Host (ASVS 4.1.3)."""
    app.config.update(
        SECRET_KEY=settings.signing_keys[-1],
        SECRET_KEY_FALLBACKS=settings.signing_keys[-2::-1],
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=dict(ENGINE_OPTIONS),
        MAX_CONTENT_LENGTH=MAXIMUM_BODY,
        MAX_FORM_MEMORY_SIZE=MAXIMUM_FORM,
        TRUSTED_HOSTS=installation.trusted_hosts(settings),
        SESSION_COOKIE_NAME="__Host-session" if settings.is_secure else "session",
        SESSION_COOKIE_SECURE=settings.is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    hops = settings.trusted_proxies
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    db.init_app(app)
    migrate.init_app(app, db)
    attach(db.session.session_factory, CeleryBell(celery_client(settings)))
    installation.install(app, settings)
    limiting.install(app, settings)
    access.refuse_undeclared(app)
    arriving.install(app)
    headers.install(app)
    errors.install(app)
    health.install(app)
    pages.install(app, settings)
    language.install(app)
