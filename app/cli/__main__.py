"""`python -m app.cli` is `communique`, wherever the script was installed."""

from app.cli import main

main(prog_name="communique")
