"""The other side of three rows: Rasa 3.6, set up and measured by the benchmark itself, before our own servers start.

Newcomers start at `measure`. Knows our code only by its training data; Rasa is a process, spoken to over HTTP.
"""
