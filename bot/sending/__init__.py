"""Texts that leave: the outcomes of a try, the provider behind a protocol, dispatch and what comes back."""
