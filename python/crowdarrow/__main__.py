"""`python -m crowdarrow`."""

from crowdarrow.cli import main

main()
