"""Shapes of the block data_transfer. By tools/gen_shapes.py; see shape.py."""

TEXT = (
    b'\n=DataTransfer "messageId"s50 "data"a "vendorId"!s255 '
    b'\n=DataTransferResponse "status"!e|Accepted|Rejected|UnknownMessageId|UnknownVendorId| '
    b'"statusInfo"{StatusInfo} "data"a '
    b'\n'
)
