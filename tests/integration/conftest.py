"""A worker's tools against a scripted relay, in each of the ways in which relays talk."""

import pytest

from app.jobs import Job
from app.relay_settings import parse_relays
from tests.factories import NOW
from tests.fakes import fake_smtp
from tests.integration.handing_over import EXTENSIONS
from tests.integration.throttling import emptied
from worker.workshop import Workshop


class Bell:
    """Remembers what was rung."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def ring(self, job: Job) -> None:
        self.jobs.append(job)


@pytest.fixture(params=EXTENSIONS)
def relay(request):
    with fake_smtp() as fake:
        fake.extensions = list(EXTENSIONS[request.param])
        yield fake


@pytest.fixture
def redis(redis_url):
    """This process's Redis, emptied."""
    client = emptied(redis_url)
    yield client
    client.close()


@pytest.fixture
def desk(settings, database, relay, tmp_path):
    """A worker's tools against the scripted relay."""
    local = settings.model_copy(update={"relays": parse_relays(f"smtp://127.0.0.1:{relay.port}"), "var_dir": tmp_path})
    workshop = Workshop(local, clock=lambda: NOW, bell=Bell())
    yield workshop
    workshop.close()
