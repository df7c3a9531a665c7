"""Who is texted, and what came of it: the lapsed, enrolment, daily starts, recovered orders, the report."""
