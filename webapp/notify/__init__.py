"""One file per channel, each with the same small `send()`. Channels know nothing of plans or people."""
