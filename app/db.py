"""The web side's way to the database: Flask-SQLAlchemy on the models' own metadata, so that models know no Flask.

Only doors import this.
"""

from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

from app.models import Base
from app.settings import PROJECT

db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})
migrate = Migrate(directory=str(PROJECT / "migrations"), compare_type=True)
