"""Copies of the database, and the way back from one without texting anybody twice (bot.backups.afterwards)."""
