"""Certificates of all kinds, good and bad, made when a test needs them."""

import ipaddress
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage
from cryptography.x509.oid import NameOID

SERVER, CLIENT = Usage.SERVER_AUTH, Usage.CLIENT_AUTH
DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM
SEC1 = serialization.PrivateFormat.TraditionalOpenSSL  # of an RSA key: PKCS#1
PKCS8 = serialization.PrivateFormat.PKCS8


def elliptic():
    return ec.generate_private_key(ec.SECP256R1())


def rsa_2048():
    return rsa.generate_private_key(65537, 2048)


class Certificate:
    """A certificate, its key, and all that stand above it except the root, if it has an issuer."""

    def __init__(self, name, issuer=None, is_ca=False, hosts=(), usage=SERVER, valid=(-1, 30),
                 key=elliptic, padding=None):  # fmt: skip
        """valid: the first and the last day, counted from today. hosts: what it is good for, DNS
        names and IP addresses; none: the common name alone says it."""
        today = datetime.now(timezone.utc)
        self.key = key()
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.above = issuer.above + [issuer.leaf] if issuer and issuer.issuer else []
        self.issuer = issuer
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(issuer.name if issuer else self.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today + timedelta(valid[0]))
            .not_valid_after(today + timedelta(valid[1]))
            .add_extension(x509.BasicConstraints(is_ca, None), critical=True)
        )
        if not is_ca:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if hosts:
            names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        signer = issuer.key if issuer else self.key
        self.leaf = builder.sign(signer, hashes.SHA256(), rsa_padding=padding)

    def chain(self, encoding=PEM) -> bytes:
        """As it is presented: itself first, the root left out."""
        return b"".join(
            one.public_bytes(encoding) for one in [self.leaf] + list(reversed(self.above))
        )

    def private_key(self, encoding=PEM, form=PKCS8, password=None) -> bytes:
        how = serialization.NoEncryption()
        if password:
            how = serialization.BestAvailableEncryption(password)
        return self.key.private_bytes(encoding, form, how)


def authority(name="Root", issuer=None, **options):
    return Certificate(name, issuer, is_ca=True, **options)


def _general_name(host):
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
