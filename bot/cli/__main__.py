"""`python -m bot.cli`: how `winback up` starts its children, wherever the script of that name may be."""

from bot.cli import main

main(prog_name="winback")
