"""The push service takes only what a real one would."""

from base64 import urlsafe_b64encode
from datetime import timedelta

import http_ece
import pytest
import urllib3
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from tests.support.cast import NOW
from tests.support.push import PushService, Subscription, unpadded

OURS = Vapid02(ec.generate_private_key(ec.SECP256R1()))


def signed(service: PushService, signer: Vapid02 = OURS, **claims: object) -> str:
    good = {"aud": service.url, "exp": int((NOW + timedelta(hours=1)).timestamp()), "sub": "mailto:a@example.test"}
    return str(signer.sign(good | claims)["Authorization"])


def post(to: Subscription, authorization: str, **headers: str) -> int:
    body = http_ece.encrypt(
        b"hello",
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=unpadded(to.keys["p256dh"]),
        auth_secret=unpadded(to.keys["auth"]),
        version="aes128gcm",
    )
    good = {"Authorization": authorization, "Content-Encoding": "aes128gcm", "TTL": "60"}
    return urllib3.request("POST", to.endpoint, body=body, headers=good | headers, retries=False).status


def test_what_is_signed_and_encrypted_is_taken_and_read(push_service: PushService) -> None:
    clara = push_service.subscribe()
    assert post(clara, signed(push_service), Topic="one") == 201
    assert [pushed.text for pushed in push_service.taken] == [b"hello"]
    assert push_service.topics == {"one": 1}


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://push.example.org"},
        {"sub": "https://cairn.example"},
        {"exp": int(NOW.timestamp())},
        {"exp": int((NOW + timedelta(hours=24, seconds=1)).timestamp())},
    ],
)
def test_a_token_for_somebody_else_or_out_of_time_is_not_taken(
    push_service: PushService, claims: dict[str, object]
) -> None:
    assert post(push_service.subscribe(), signed(push_service, **claims)) == 401
    assert (push_service.taken, len(push_service.complaints)) == ([], 1)


def test_a_token_that_was_changed_after_signing_is_not_taken(push_service: PushService) -> None:
    clara = push_service.subscribe()
    head, _, rest = signed(push_service).partition(".")
    claims, _, signature = rest.partition(".")
    other = urlsafe_b64encode(unpadded(claims).replace(b"a@", b"b@")).decode().rstrip("=")
    assert post(clara, f"{head}.{other}.{signature}") == 401
    assert post(clara, "") == 401
    assert post(clara, "Bearer me") == 401


def test_another_key_than_that_of_the_subscription_is_not_taken(push_service: PushService) -> None:
    authorization = signed(push_service)
    push_service.server_key = authorization.rpartition("k=")[2]
    clara = push_service.subscribe()
    assert post(clara, authorization) == 201
    assert post(clara, signed(push_service, Vapid02(ec.generate_private_key(ec.SECP256R1())))) == 403


@pytest.mark.parametrize("headers", [{"TTL": ""}, {"TTL": "soon"}, {"Content-Encoding": "aesgcm"}, {"Topic": "x" * 33}])
def test_a_request_that_lacks_something_is_not_taken(push_service: PushService, headers: dict[str, str]) -> None:
    assert post(push_service.subscribe(), signed(push_service), **headers) == 400
