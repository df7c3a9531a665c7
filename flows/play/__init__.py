"""Flows played with no database: one customer on a virtual clock, a merchant's tests, a record of a chat, pictures.

Where to start: `player.Player` (the conversation), `script.run` (a merchant's test), `recording` (a chat becomes a test),
`graph` (what leads where), `diff.changes` (what an edit changed). Pure like the rest of the room: what reads words is
passed in, and files are read and written by whoever calls.
"""
