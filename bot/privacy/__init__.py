"""Whose data it is: what a customer may have, what is forgotten when, and what nobody should have kept at all."""
