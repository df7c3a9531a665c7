"""The application core: conversations, compliance, sending, audience, offers, models, jobs.

Knows the database, the provider and the queue; never imports Flask. What may be decided without them lives in
`flows` (what to say next) and `nlu` (what a reply means).
"""
