"""Shapes of the block firmware_management. By tools/gen_shapes.py; see shape.py."""

TEXT = (
    b'\n=PublishFirmware "location"!s512 "retries"i "checksum"!s32 "requestId"!i '
    b'"retryInterval"i '
    b'\n=UnpublishFirmware "checksum"!s32 '
    b'\nFirmware "location"!s512 "retrieveDateTime"!t "installDateTime"t '
    b'"signingCertificate"s5500 "signature"s800 '
    b'\n=UpdateFirmware "retries"i "retryInterval"i "requestId"!i "firmware"!{Firmware} '
    b'\n'
)
