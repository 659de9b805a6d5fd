"""What the web server imports: the application with the installation's settings."""

from app import create_app
from app.settings_loading import load_settings

application = create_app(load_settings())
