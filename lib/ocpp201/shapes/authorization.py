"""Shapes of the block authorization. By tools/gen_shapes.py; see shape.py."""

TEXT = (
    b'\n=AuthorizeResponse "idTokenInfo"!{IdTokenInfo} "certificateStatus"e|Accepted|'
    b'SignatureError|CertificateExpired|CertificateRevoked|NoCertificateAvailable|'
    b'CertChainError|ContractCancelled| '
    b'\n'
)
