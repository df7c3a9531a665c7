"""Running it: the children of `winback up`, the embedded Valkey, the HTTP server, logs, and the demo's provider.

Owns processes, not work: what a worker or a clock does is bot.jobs. Every process is also a command of its own, so that
an operator may run them under something else than `up`.
"""
