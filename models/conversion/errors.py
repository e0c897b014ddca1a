"""What is wrong with a file from outside."""


class FormatError(Exception):
    """What is wrong with a file, as a clause without the file's name: "its index is cut off"."""
