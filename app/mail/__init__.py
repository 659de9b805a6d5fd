"""Everything about one message: addresses, headers, encoding, and the checks that it must pass.

Pure functions: no input or output, no framework.
"""
