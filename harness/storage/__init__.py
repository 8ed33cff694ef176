"""The stored format: records, sessions and machines as files, written once."""
