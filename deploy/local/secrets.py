"""Secrets of a local stack: made once, readable by their owner alone, never printed."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def keys_folder(data: Path) -> Path:
    folder = data / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def secret(data: Path, name: str) -> str:
    """The secret `name`: 32 random bytes in URL-safe text, made when it is asked for first."""
    path = keys_folder(data) / name
    if not path.exists():
        write_private(path, secrets.token_urlsafe(32).encode())
    return path.read_text()


def policy_keys(data: Path) -> tuple[Path, Path]:
    """The ES256 pair that signs and verifies the policy bundle. OPA knows no Ed25519."""
    folder = keys_folder(data) / "policy"
    private, public = folder / "private.pem", folder / "public.pem"
    if not public.exists():
        folder.mkdir(mode=0o700, exist_ok=True)
        _write_pair(ec.generate_private_key(ec.SECP256R1()), private, public)
    return private, public


def token_keys(data: Path) -> Path:
    """The folder of identity's Ed25519 signing keys, one `<kid>.pem` each; the first is made here, identity rotates."""
    folder = keys_folder(data) / "tokens"
    folder.mkdir(mode=0o700, exist_ok=True)
    if not any(folder.glob("*.pem")):
        write_private(folder / f"k{secrets.token_hex(8)}.pem", _pem(ed25519.Ed25519PrivateKey.generate()))
    return folder


def write_private(path: Path, content: bytes) -> None:
    """Write a file of mode 600 at once: it is never there with half its content or for others to read."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    fresh.replace(path)


def _pem(key: PrivateKey) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


def _write_pair(key: PrivateKey, private: Path, public: Path) -> None:
    write_private(private, _pem(key))
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    write_private(public, key.public_key().public_bytes(serialization.Encoding.PEM, form))
