"""Shapes of the block meter_values. By tools/gen_shapes.py; see shape.py."""

TEXT = b""
