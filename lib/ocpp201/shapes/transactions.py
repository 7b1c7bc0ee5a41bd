"""Shapes of the block transactions. By tools/gen_shapes.py; see shape.py."""

TEXT = (
    b'\n=GetTransactionStatus "transactionId"s36 '
    b'\n=TransactionEventResponse "totalCost"d "chargingPriority"i "idTokenInfo"{IdTokenInfo} '
    b'"updatedPersonalMessage"{MessageContent} '
    b'\n'
)
