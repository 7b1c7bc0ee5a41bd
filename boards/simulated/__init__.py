"""A board without hardware: cable, car, meter, lock, reader and network, moved from the
console."""
