"""Notifications on their way to people of the shop: by webhook, by e-mail, by a text to their own phone, and back from there.

Which matters are told is bot.inbox.alerting's. Nothing here reaches a customer but what somebody answers from their own
phone, and that is written as any text of a person's is (bot.inbox.replying), through the same gate.
"""
