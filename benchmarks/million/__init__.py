"""`make million`: a million customers and five million orders on PostgreSQL, and what each step with them costs.

Owns the measurement: files drawn from CDNOW's behaviour, the same commands that a shop runs, and a report that shows each
step at a tenth of the size beside it. Nothing here is part of the product.
"""
