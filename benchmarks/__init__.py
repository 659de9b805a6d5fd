"""What is measured about the delivery engine, and against what. `make benchmark` runs it and prints a table."""
