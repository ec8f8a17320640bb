"""What can be wrong with a backup; the words are for people to read."""


class Damaged(Exception):
    """A copy can't be read whole with its key: it was not kept, or is not restored."""


class NotRestored(Exception):
    """There is a reason not to put a backup in the place of what is here; nothing was changed."""
