"""Bells and the processes that hear them. RQ rings, the database knows: losing every job costs a second, no text."""
