"""People who work for shops: who they are, what they may do, and what they did. Knows no Flask.

Where to start: `roles` is the one table of what each role may do; `accounts` and `members` are the rows; `sessions` says who
a token belongs to; `signing_in` is the act itself, with `tries` before it; `links` lets people in; `audit` remembers. The
pages are in `console` (signin, account, staff, audit), and `console.access` asks `roles` before every route.
"""
