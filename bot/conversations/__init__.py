"""A text in, a decision out: receive, read, take the turn, write down its effects. Sending is bot.sending.

The path: `receive` stores a text and rings; `work` finds conversations with something to do and has their texts read;
`turn` takes one conversation's events through the engine under its lock; `apply` writes the effects down.
"""
