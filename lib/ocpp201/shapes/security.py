"""Shapes of the block security. By tools/gen_shapes.py; see shape.py."""

TEXT = (
    b'\n=CertificateSigned "certificateChain"!s10000 "certificateType"e|'
    b'ChargingStationCertificate|V2GCertificate| '
    b'\n=SignCertificateResponse "status"!e|Accepted|Rejected| "statusInfo"{StatusInfo} '
    b'\n'
)
