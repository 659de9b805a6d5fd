"""What `celery -A worker.main:celery` loads: the background side with the installation's settings."""

from app.settings_loading import load_settings
from app.telemetry import configure
from worker import create_celery

_settings = load_settings()
configure(_settings)
celery = create_celery(_settings)
