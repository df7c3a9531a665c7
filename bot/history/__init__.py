"""What was said and decided before, looked at again: replay, another flow's answers, rehearsal of an edit, shadow runs.

Everything here stands on the journal (I7). Only `bot.history.migrate` and `bot.history.revisions` change anything.
"""
