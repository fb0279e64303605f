"""Signed assertions: another library verifies them, their time is bounded, and a key that cannot sign is refused."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from unified.catalog.authentication import CredentialPart, JwtBearer
from unified.service.accounts.assertions import sign_assertion
from unified.vault.signing import SIGNING_KEYS, UnusableKey

RSA, EC = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
SECRET = "a-shared-secret-of-forty-characters-here"


def pem(key, encryption=None):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption()).decode()


def public(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


KEYS = {"RS256": (pem(RSA), public(RSA)), "ES256": (pem(EC), public(EC)), "HS256": (SECRET, SECRET)}


def rules(algorithm="RS256", **more):
    parts = {"key": CredentialPart(title="Key"), "app": CredentialPart(title="App")}
    return JwtBearer(parts=parts, key="key", algorithm=algorithm, claims={"iss": "{app}", "sub": "{company}"}, **more)


@pytest.mark.parametrize("algorithm", KEYS)
def test_an_assertion_is_verified_with_the_public_key(algorithm):
    now = datetime.now(UTC)
    private, verifying = KEYS[algorithm]
    values = {"key": private, "app": "a1", "company": "c1"}
    made = sign_assertion(rules(algorithm, header={"kid": "{app}"}), values, audience="https://a.example/token", now=now)
    token = made.token.reveal()
    claims = jwt.decode(token, verifying, algorithms=[algorithm], audience="https://a.example/token")
    assert (claims["iss"], claims["sub"]) == ("a1", "c1")
    assert claims["exp"] - claims["iat"] == 300
    assert claims["iat"] == int((now - timedelta(seconds=30)).timestamp())
    assert jwt.get_unverified_header(token) == {"typ": "JWT", "kid": "a1", "alg": algorithm}
    assert made.expires_at == now + timedelta(seconds=270)
    assert private not in token


def test_no_two_assertions_are_the_same():
    values = {"key": SECRET, "app": "a", "company": "c"}
    now = datetime.now(UTC)
    one, two = (sign_assertion(rules("HS256"), values, audience=None, now=now).token.reveal() for _ in range(2))
    assert one != two
    assert "aud" not in jwt.decode(one, SECRET, algorithms=["HS256"])


def test_an_audience_of_the_file_comes_before_the_endpoint():
    mine = JwtBearer(parts={}, key="key", algorithm="HS256", claims={"aud": "https://login.example"})
    token = sign_assertion(mine, {"key": SECRET}, audience="https://a.example/token", now=datetime.now(UTC)).token.reveal()
    assert jwt.decode(token, SECRET, algorithms=["HS256"], audience="https://login.example")


RSA_WANTED = "expected a private RSA key of at least 2048 bits in PEM form, without a password"
EC_WANTED = "expected a private key of the curve P-256 in PEM form, without a password"
UNUSABLE = [
    ("RS256", "-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----", RSA_WANTED),
    ("RS256", pem(EC), RSA_WANTED),
    ("RS256", pem(RSA, BestAvailableEncryption(b"p")), RSA_WANTED),
    ("RS256", public(RSA).decode(), RSA_WANTED),
    ("ES256", pem(RSA), EC_WANTED),
    ("ES256", pem(ec.generate_private_key(ec.SECP384R1())), EC_WANTED),
    ("HS256", "short", "expected a secret of at least 32 bytes"),
]


@pytest.mark.parametrize(("algorithm", "key", "message"), UNUSABLE, ids=range(len(UNUSABLE)))
def test_a_key_that_cannot_sign_is_refused(algorithm, key, message):
    with pytest.raises(UnusableKey) as caught:
        SIGNING_KEYS[algorithm](key)
    assert str(caught.value) == message
