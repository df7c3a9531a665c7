"""The crash test: the real processes, killed at random while customers text, and then judged from outside.

One round is one seed on one database: an installation of its own (`round`), a crowd in a live shop (`shop`), a driver
that posts their texts as Twilio does (`driver`), processes that are killed and started again (`fleet`), faults drawn
from the seed (`chaos`), quiet, and a verdict (`judge`) by what the stand-in delivered and the driver was told.
"""
