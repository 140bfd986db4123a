"""An authority of the test's own, and servers' certificates that are good or bad in one way each."""

from __future__ import annotations

import ssl
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Authority:
    """Signs certificates, and is trusted by whoever uses `client_context`. Files are written below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("An authority of a test")
        self._certificate = self._signed(self._name, self._key.public_key(), authority=True)

    def client_context(self) -> ssl.SSLContext:
        """Trusts this authority and nobody else, by the rules that hold for every connection."""
        pem = self._certificate.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=pem)

    def server_context(
        self, host: str = "localhost", *, valid_days: int = 1, self_signed: bool = False, tls_1_0: bool = False
    ) -> ssl.SSLContext:
        """A server's side: its certificate is for `host`, ends in `valid_days` (negative: has ended)."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(host)
        certificate = self._signed(name, key.public_key(), host=host, valid_days=valid_days)
        if self_signed:
            builder = _builder(name, name, key.public_key(), valid_days)
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            certificate = builder.sign(key, hashes.SHA256())
        file = self._folder / f"{host}-{valid_days}-{self_signed}-{tls_1_0}.pem"
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if tls_1_0:
            context.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # that it is out of date is the point
                context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
        context.load_cert_chain(file)
        return context

    def _signed(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePublicKey,
        *,
        host: str = "",
        valid_days: int = 1,
        authority: bool = False,
    ) -> x509.Certificate:
        builder = _builder(name, self._name, key, valid_days)
        builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        if host:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return builder.sign(self._key, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, valid_days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=valid_days))
    )
