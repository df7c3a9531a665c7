"""Permission to send: where a customer may be, the hours and caps there, the consent ledger, the gate.

`places` guesses nothing that it can't defend, `windows` knows the hours, `gate` decides and touches nothing,
`consent` writes the ledger and decides nothing about sending.
"""
