"""Message shapes, a module for each block; shape.py loads them when needed."""
