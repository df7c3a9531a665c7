"""Rasa 3.6 beside Winback: found a Python for, installed, trained on nlu/data, started. Its project is nlu/rasa.

Newcomers start at `training`. Nothing here imports Rasa: it lives in an environment of its own, is called as a program, and
spoken to over HTTP (`nlu.served`).
"""
