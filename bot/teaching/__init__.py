"""What a shop teaches the reader: lines, their review, and fitting them. Reads and writes rows; the mathematics are nlu's."""
