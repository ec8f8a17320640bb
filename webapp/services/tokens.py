"""Secrets that travel in cookies and mailed links; the database keeps only their hash."""

import hashlib
import hmac
import secrets


def new_token() -> str:
    """Make a secret of 256 random bits, safe in a URL."""
    return secrets.token_urlsafe(32)


def new_handle() -> bytes:
    """Make a random name for an account, as long as passkeys take."""
    return secrets.token_bytes(64)


def token_hash(token: str) -> str:
    """Hash a token for keeping. A random 256-bit secret needs no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def keyed_hash(secret: str, kind: str, value: str) -> str:
    """Name a thing without telling it; the same value has different names for different kinds."""
    return hmac.new(secret.encode(), f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()
