"""The self-signed certificate with which the log-in's answer is received on this machine: one for each, made here.

It is never put among the certificates that a system or a browser trusts; the browser warns, and the person lets it
pass once. The key lies beside it in the same private file.
"""

from __future__ import annotations

import os
import ssl
import stat
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from live_monitor.atomic_file import PRIVATE_FILE, private_folder, read_bounded, write_atomically
from live_monitor.clock import Clock

FILE_NAME: Final = "schwab-callback.pem"
LOOPBACK: Final = "127.0.0.1"
_LIFE: Final = timedelta(days=365)
_RENEW_BEFORE: Final = timedelta(days=30)
_MAX_BYTES: Final = 32 * 1024


def server_context(folder: Path, clock: Clock) -> ssl.SSLContext:
    """TLS for the callback, with the certificate in `folder`, which is made where there is no good one.

    Blocks for some 100 ms at the first time. Raises OSError.
    """
    path = private_folder(folder) / FILE_NAME
    now = datetime.fromtimestamp(clock.wall_ms() / 1000.0, UTC)
    if not _is_good(path, now):
        path.unlink(missing_ok=True)
        write_atomically(path, _fresh_pem(now))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(path)
    return context


def _is_good(path: Path, now: datetime) -> bool:
    """True for a private, readable certificate for our address that lives for a while yet, with its key."""
    # These take 50 ms to import, and only a log-in needs them.
    from cryptography import x509  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - see above

    try:
        pem = read_bounded(path, _MAX_BYTES)
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) != PRIVATE_FILE:
            return False  # somebody else may know the key
        certificate = x509.load_pem_x509_certificate(pem)
        key = load_pem_private_key(pem, None)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    return (
        certificate.public_key() == key.public_key()
        and IPv4Address(LOOPBACK) in names.get_values_for_type(x509.IPAddress)
        and certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc - _RENEW_BEFORE
    )


def _fresh_pem(now: datetime) -> bytes:
    """A new key and a certificate for it, as one text."""
    from cryptography import x509  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - as above
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: PLC0415 - as above

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Live Monitor on this machine")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A machine whose clock is a little behind the browser's idea of it.
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _LIFE)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(LOOPBACK))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)
