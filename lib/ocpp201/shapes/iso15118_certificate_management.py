"""Shapes of the block iso15118_certificate_management. By tools/gen_shapes.py; see shape.py."""

TEXT = (
    b'\n=DeleteCertificate "certificateHashData"!{CertificateHashData} '
    b'\n=GetInstalledCertificateIds "certificateType"[e|V2GRootCertificate|MORootCertificate|'
    b'CSMSRootCertificate|V2GCertificateChain|ManufacturerRootCertificate| '
    b'\n=InstallCertificate "certificateType"!e|V2GRootCertificate|MORootCertificate|'
    b'CSMSRootCertificate|ManufacturerRootCertificate| "certificate"!s5500 '
    b'\n=Get15118EVCertificateResponse "status"!e|Accepted|Failed| "statusInfo"{StatusInfo} '
    b'"exiResponse"!s7500 '
    b'\n=GetCertificateStatusResponse "status"!e|Accepted|Failed| "statusInfo"{StatusInfo} '
    b'"ocspResult"s5500 '
    b'\n'
)
