"""Makes room in a journal. Imported when needed, and forgotten.

One that is nearly full: every second Updated goes, oldest first, those with
meter values only before the others (E04.FR.07, E04.FR.08).

Never: Started, Ended, security events, the oldest message, which may be under way, the newest two,
the newest of each transaction and what carries its newest image. A segment is replaced as a whole.
"""

import struct

from .journal import rare, record_of
from .seglog import encode


def thin(journal):
    """One pass, over meter values if that frees anything, else over all Updated."""
    for kind in (b"P", b"U"):
        before = journal.used
        try:
            for n in range(len(journal.segments.segments) - 1):  # the last one is appended to
                _thin(journal, n, kind)
        except OSError as error:
            journal.log("warning", "journal: not thinned: %s" % error)
            return
        journal.count()
        if journal.used < before:
            journal.log("warning", "journal: thinned to %d bytes" % journal.used)
            return


def _thin(journal, n, kind):
    log = journal.segments
    segment, first, _ = log.segments[n]
    images = [at[:2] for at in journal.images.values()]
    oldest, second = journal.head_seq(), False
    kept, moved, end = [], {}, 16
    dropped = 0
    for number, offset, record, seq, payload in log.records(segment, 16):
        if number != segment:
            break
        fair_game = record == 1 and bytes(payload[:1]) == kind and oldest < seq < journal.seq - 1
        if fair_game and (segment, offset) not in images and not _newest(journal, payload):
            second = not second
            if second:
                dropped += 1
                continue
        moved[offset] = end
        end += 12 + len(payload)
        kept.append((record, seq, (payload,)))
    if dropped:
        log.files.replace(log.file(segment), encode(segment, first, True, kept))
        log.segments[n] = segment, first, end
        _move(journal, segment, moved)
        journal.in_flash -= dropped


def _newest(journal, payload) -> bool:
    """Is it the last message of a transaction that runs? Its seqNo must not be forgotten."""
    _, n, seq_no = struct.unpack_from("<BBI", payload)
    image = journal.images.get(bytes(payload[8 : 8 + n]))
    return image is not None and image[2] == seq_no


def _move(journal, segment, moved):
    """What stands at another offset now."""
    for key, (number, offset, seq_no) in journal.images.items():
        if number == segment:
            journal.images[key] = number, moved[offset], seq_no
    if journal.at[0] == segment:
        journal.at = segment, moved.get(journal.at[1], 16)


def carry_images(journal, n):
    """Write the images again that stand in the oldest n segments, which are deleted next. OSError:
    they must stay."""
    gone = [segment[0] for segment in journal.segments.segments[:n]]
    image, copies = rare("recovery").image, []
    for key, (segment, offset, seq_no) in journal.images.items():
        if segment in gone:
            one = journal.seq + 1, b"T", key, seq_no, b"", image(journal, segment, offset)
            copies.append(record_of(one))
    if copies and not journal.write(copies):
        raise OSError(5)


def drop_one(waiting):
    """No flash, and too much in RAM: an Updated has to go, one with meter values only first."""
    for kind in (b"P", b"U"):
        for one in waiting[1:-2]:
            if one[1] == kind:
                waiting.remove(one)
                return
