"""Scripted people in virtual time, through the real engine, gate and opt-out rules. No database: everything in memory.

Where to start, in order: `people.yml` (who they are: every share is an assumption), `person` (one of them), `habits` (what
they do with a text), `talk` (the shop's side of one conversation), `post` (the gate), `watch` (who checks it all from
outside), `run.simulate`.
"""
