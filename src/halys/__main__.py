"""`python -m halys` is the same as `halys`."""

from halys.cli import main

main()
