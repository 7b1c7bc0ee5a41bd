"""Prints a table: a title, a row of headings, rows; numbers to the right."""


def table(title, headings, rows):
    texts = [tuple(map(_text, row)) for row in (headings, *rows)]
    widths = [max(len(row[n]) for row in texts) for n in range(len(headings))]
    numbers = [any(not isinstance(row[n], str) for row in rows) for n in range(len(headings))]
    print("\n%s\n" % title)
    for row in texts:
        cells = [
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, numbers)
        ]
        print("  " + "  ".join(cells).rstrip())


def _text(value):
    if isinstance(value, float):
        return "%.1f" % value
    return "{:,}".format(value) if isinstance(value, int) else str(value)
