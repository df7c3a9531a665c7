"""Reading a reply: normalise, opt-out rules, classifier, thresholds.

Newcomers start at `nlu.reader`. Must not import bot, flows, rasa or any web framework (import-linter checks).
"""
