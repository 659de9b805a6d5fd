"""How mail leaves: plan, claim, fill, hand over, record. Knows neither Flask nor Celery.

The seam to the network is small: `pipeline` needs a `Transport` (`outcome.py`), a `Journal` and the ledger's functions.
"""
