"""Known answers for functional encryption, computed apart from what they test."""
