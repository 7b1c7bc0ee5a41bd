"""Shapes of the block tariff_and_cost. By tools/gen_shapes.py; see shape.py."""

TEXT = (
    b'\n=CostUpdated "totalCost"!d "transactionId"!s36 '
    b'\n'
)
