"""Web push: who may be posted to, and the key that browsers subscribe with."""

from base64 import urlsafe_b64encode
from urllib.parse import urlsplit

from webapp.config import Config

FAMILIES = (".push.services.mozilla.com", ".push.apple.com", ".notify.windows.com")
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""How many points P-256 has; secret numbers are below it."""


def allowed(config: Config, url: str) -> bool:
    """Tell whether an endpoint is at a push service we post to."""
    try:
        parts = urlsplit(url)
        place = parts.netloc
    except ValueError:
        return False
    if place in config.push_hosts:
        return parts.scheme == "https" or parts.hostname in ("127.0.0.1", "localhost")
    return parts.scheme == "https" and place.endswith(FAMILIES)


def public_key(config: Config) -> str:
    """Return what a browser needs to subscribe: the public half of our key, an uncompressed point as base64url."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = ec.derive_private_key(int(config.vapid_key, 16) % (ORDER - 1) + 1, ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).decode().rstrip("=")
