"""`python -m app.devinbox HOST PORT FOLDER`: the process that `communique run inbox` becomes."""

import asyncio
import sys
from pathlib import Path

from app.devinbox.server import serve

asyncio.run(serve(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
