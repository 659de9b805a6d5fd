from app.database import sessions
from benchmarks import people, sending
from benchmarks.installation import Installation
from benchmarks.processes import server
from tests.installation import environment

PEOPLE = 30


def test_the_benchmarks_measure_the_real_thing(database, database_url, redis_url, settings, folder):
    """A tiny campaign through real processes into the benchmarks' own mail server; the ledger is asked at the end."""
    variables = environment(database_url, redis_url, folder, UNDO_SECONDS="0")
    here = Installation(folder, variables, database, sessions(database))
    people.settle(database, settings, [PEOPLE])
    with server("benchmarks.sink", "--chunking") as port:
        sent = sending.send(here, port, PEOPLE, processes=1, length=0)
    assert sent.seconds > 0
    assert sent.cpu > 0
    assert sent.peak > 50
