"""Certificates and private keys as files hold them, PEM or DER, one or several. No I/O.

What comes out is DER, one element of a chain at a time: MicroPython parses no PEM, and of several
certificates in one piece of DER it takes the first and says nothing.

Nothing is verified here; that is done in C, in the handshake. Added is only what the C libraries
do not say: whether key and certificate belong together, and whether it is but a wildcard that
makes a certificate fit its host. All faults are ValueErrors.

    Certificate  SEQUENCE { SEQUENCE { [0] version, serial, algorithm, issuer, validity, subject,
                            key, ... [3] extensions }, algorithm, signature }
    PKCS#8       SEQUENCE { 0, SEQUENCE algorithm, OCTET STRING { SEC1 or PKCS#1 } }
    SEC1         SEQUENCE { 1, OCTET STRING secret, [0] curve, [1] { BIT STRING point } }
    PKCS#1       SEQUENCE { 0, INTEGER modulus, ... }
"""

from binascii import a2b_base64

from evse import const

_INTEGER = const(0x02)
_OCTETS = const(0x04)
_SEQUENCE = const(0x30)
_POINT = const(0xA1)  # [1] of SEC1
_EXTENSIONS = const(0xA3)  # [3] of a certificate
_DNS_NAME = const(0x82)  # of the names in subjectAltName
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_SUBJECT_ALT_NAME = b"\x06\x03\x55\x1d\x11"
_COMMON_NAME = b"\x06\x03\x55\x04\x03"


def is_pem(data: bytes) -> bool:
    return data.find(b"-----BEGIN ") >= 0


def certificates(data: bytes) -> list:
    """Each certificate of a file, as DER; at least one."""
    found = []
    for block in _blocks(data, b"CERTIFICATE") if is_pem(data) else [data]:
        at = 0
        while at < len(block):
            tag, start, end = _element(block, at)
            if tag != _SEQUENCE or block[start : start + 1] != b"\x30":
                raise ValueError("holds something that is no certificate")
            found.append(block[at:end])
            at = end
    if not found:
        raise ValueError("holds no certificate")
    return found


def private_key(data: bytes) -> bytes:
    """The one private key of a file, as DER: PKCS#8, SEC1 or PKCS#1."""
    if data.find(b"ENCRYPTED") >= 0:
        raise ValueError("an encrypted key is not supported")
    if is_pem(data):
        found = _blocks(data, b"PRIVATE KEY")
        if len(found) != 1:
            raise ValueError("must hold one private key")
        data = found[0]
    kind_of_key(data)
    return data


def kind_of_key(key: bytes) -> str:
    """As PEM names it."""
    fields = _children(key, 0)
    if len(fields) > 1 and fields[0][0] == _INTEGER:
        tag = fields[1][0]
        if tag == _SEQUENCE:
            return "PRIVATE KEY"
        if tag == _OCTETS:
            return "EC PRIVATE KEY"
        if tag == _INTEGER:
            return "RSA PRIVATE KEY"
    raise ValueError("holds no private key, or an encrypted one, which is not supported")


def belong_together(key: bytes, certificate: bytes) -> bool:
    """Does the public half of the key stand in the certificate? A key without one may."""
    kind = kind_of_key(key)
    fields = _children(key, 0)
    _, start, end = fields[1]
    if kind == "PRIVATE KEY":
        _, start, end = fields[2]
        return belong_together(key[start:end], certificate)
    if kind == "EC PRIVATE KEY":
        if fields[-1][0] != _POINT:
            return True
        _, start, end = _element(key, fields[-1][1])
        start += 1  # how many bits of the last byte are unused: none
    return certificate.find(key[start:end]) >= 0


def fits_by_wildcard_only(certificate, host: str) -> bool:
    """Of a certificate that fits this host: does it name it only as *.something?"""
    names = _host_names(bytes(certificate))
    name = host.lower().encode()
    return b"*." + name.partition(b".")[2] in names and name not in names


def _host_names(certificate):
    """The DNS names; the common name counts where there are none. # RFC 6125 §6.4.4"""
    fields = _children(certificate, 0)[0]
    fields = _split(certificate, fields[1], fields[2])
    # algorithm, issuer, validity, subject, key, extensions
    fields = [one for one in fields if one[0] in (_SEQUENCE, _EXTENSIONS)]
    names = []
    if fields[-1][0] == _EXTENSIONS:
        value = _behind(certificate, fields[-1], _SUBJECT_ALT_NAME)
        if value:
            _, start, end = _element(certificate, value[1])
            for tag, first, last in _split(certificate, start, end):
                if tag == _DNS_NAME:
                    names.append(certificate[first:last].lower())
    value = None if names else _behind(certificate, fields[3], _COMMON_NAME)
    return [certificate[value[1] : value[2]].lower()] if value else names


def _behind(data, within, oid):
    """The value that follows an object identifier: past a BOOLEAN, if there is one."""
    at = data.find(oid, within[1], within[2])
    if at < 0:
        return None
    value = _element(data, at + len(oid))
    return _element(data, value[2]) if value[0] == 1 else value


def _blocks(data, label):
    """The contents of all PEM blocks whose label ends so."""
    found = []
    at = data.find(b"-----BEGIN ")
    while at >= 0:
        start = data.find(b"-----", at + 11)
        name = data[at + 11 : start]
        end = data.find(b"-----END " + name + b"-----", at)
        if start < 0 or end < 0:
            raise ValueError("holds a PEM block without an end")
        if name.endswith(label):
            found.append(_decoded(b"".join(data[start + 5 : end].split())))
        at = data.find(b"-----BEGIN ", end)
    return found


def _decoded(text):
    try:
        if not text.strip(_BASE64):  # a2b_base64 skips what it does not know
            return a2b_base64(text)
    except ValueError:
        pass
    raise ValueError("holds a PEM block that is not base64")


def _children(data, at):
    """What the element at this place consists of."""
    tag, start, end = _element(data, at)
    if tag != _SEQUENCE or end != len(data):
        raise ValueError("is neither PEM nor DER")
    return _split(data, start, end)


def _split(data, start, end):
    found = []
    while start < end:
        element = _element(data, start)
        found.append(element)
        start = element[2]
    return found


def _element(data, at):
    """(tag, start, end): where the content of the DER element at this place lies."""
    head = data[at : at + 2]
    if len(head) < 2:
        raise ValueError("is cut short")
    at += 2
    size = head[1]
    if size > 127:
        length = size & 127
        if not 0 < length < 4:
            raise ValueError("is neither PEM nor DER")
        size = int.from_bytes(data[at : at + length], "big")
        at += length
    if at + size > len(data):
        raise ValueError("is cut short")
    return head[0], at, at + size
