"""CSV files as they really are, into customers and orders.

Owns reading, guessing, checking, and the run that can be killed and goes on. What an order means is bot.orders' business,
what a consent means is bot.compliance's. Never sends, never lifts a suppression (R12), never takes a purchase or an e-mail
subscription for consent to texts (R20).
"""
