"""The application: read `create_app` from top to bottom."""

from importlib import import_module
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import config as configuration
from webapp import db
from webapp.config import Config
from webapp.db import Database
from webapp.views import (
    BLUEPRINTS,
    assets,
    cadence_words,
    edge,
    errors,
    headers,
    identity,
    names,
    offline,
    only_asking,
    ops,
    pages,
    phrases,
    policies,
    quick_exit,
    readable,
    same_site,
    translate,
)

LARGEST_REQUEST = 2 * 1024 * 1024


def create_app(config: Config | None = None, database: Database | None = None) -> Flask:
    """Build Cairn's web application.

    Raises ConfigurationError when production would be unsafe, UnguardedRoute when a route has no policy.
    """
    config = config or configuration.from_environment()
    app = Flask(__name__, template_folder=_folder("templates"), static_folder=_folder("static"))
    app.config.from_mapping(_flask_settings(config))
    app.extensions["cairn.config"] = config
    app.extensions["cairn.database"] = (database or db.connect(config)).within(None)
    if config.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, config.proxies, config.proxies, config.proxies)  # type: ignore[method-assign]

    only_asking.init_app(app)
    identity.init_app(app)
    translate.init_app(app, config.country)
    for name in BLUEPRINTS:
        app.register_blueprint(import_module(f"webapp.views.{name}").blueprint)
    headers.init_app(app, config)
    assets.init_app(app)
    errors.init_app(app)
    pages.init_app(app)
    offline.init_app(app)
    names.init_app(app)
    phrases.init_app(app)
    cadence_words.init_app(app)
    same_site.init_app(app)
    readable.init_app(app)
    ops.init_app(app)
    quick_exit.init_app(app)
    policies.init_app(app)
    app.teardown_appcontext(edge.stop_reading)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    return app


def _flask_settings(config: Config) -> dict[str, object]:
    return {
        "SECRET_KEY": config.secret_key,
        "SESSION_COOKIE_NAME": "__Host-cairn" if config.secure else "cairn",
        "SESSION_COOKIE_SECURE": config.secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,  # a slow answer must not set a cookie again after sign-out
        "PERMANENT_SESSION_LIFETIME": 30 * 24 * 3600,
        "MAX_CONTENT_LENGTH": LARGEST_REQUEST,
    }


def _folder(name: str) -> str:
    """Find templates/ or static/: inside the package when installed, beside it in a checkout."""
    inside = Path(__file__).parent / name
    return str(inside if inside.is_dir() else Path(__file__).parent.parent / name)
