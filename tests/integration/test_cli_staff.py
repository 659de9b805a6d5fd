"""`communique staff add` without a name: nobody is asked for one."""

from click.testing import CliRunner
from sqlalchemy import select

from app.cli import main
from app.models import StaffMember


def test_a_colleague_without_a_name_is_called_by_their_address(settings, session):
    said = CliRunner().invoke(main, ["staff", "add", "ana.lima@opendoors.example"], obj=settings, input="")
    assert said.exit_code == 0, said.output
    assert "Password (shown only now): " in said.stdout
    assert session.scalars(select(StaffMember.name)).one() == "ana.lima"
