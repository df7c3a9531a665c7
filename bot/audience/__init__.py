"""Who is to be spoken to, when, and what came of it: lapsed customers, enrolment, orders that come back, reports."""
