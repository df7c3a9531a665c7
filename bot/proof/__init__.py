"""What is shown to whoever asks why: the way of one customer to a text, and the whole file on one customer."""
