"""Reads TensorBoard's event files by their published layout, with nothing of the program's own.

A record is its length (8 bytes), the masked CRC-32C of these 8 bytes, the data, and the masked
CRC-32C of the data, all little-endian; the data is an Event in protobuf.
"""

import struct


def _remainder(byte):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    return byte


_REMAINDERS = [_remainder(byte) for byte in range(256)]


def _crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _REMAINDERS[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


if _crc32c(b"123456789") != 0xE3069283:
    raise AssertionError("this is not CRC-32C")


def masked_crc(data):
    """As TFRecord stores it."""
    crc = _crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(content):
    """The data of every record; a length or a CRC that is wrong is an error."""
    at = 0
    while at < len(content):
        header = content[at:at + 8]
        (length,) = struct.unpack("<Q", header)
        data = content[at + 12:at + 12 + length]
        end = at + 12 + length + 4
        if end > len(content):
            raise ValueError(f"record at {at} ends behind the file")
        if struct.unpack("<I", content[at + 8:at + 12])[0] != masked_crc(header):
            raise ValueError(f"wrong CRC of the length at {at}")
        if struct.unpack("<I", content[end - 4:end])[0] != masked_crc(data):
            raise ValueError(f"wrong CRC of the data at {at}")
        yield data
        at = end


def _varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at


def fields(message):
    """(number, value) for each field: an integer, or bytes."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(message, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
            value, at = message[at:at + size], at + size
        elif wire == 2:
            size, at = _varint(message, at)
            value, at = message[at:at + size], at + size
        else:
            raise ValueError(f"wire type {wire}")
        if at > len(message):
            raise ValueError("a field ends behind its message")
        yield number, value


def _event(message):
    event = {"values": []}
    for number, value in fields(message):
        if number == 1:
            (event["wall_time"],) = struct.unpack("<d", value)
        elif number == 2:
            event["step"] = value - (1 << 64) if value >> 63 else value
        elif number == 3:
            event["file_version"] = value.decode("utf-8")
        elif number == 5:
            for inner, one in fields(value):
                if inner != 1:
                    raise ValueError(f"field {inner} of a summary")
                parts = dict(fields(one))
                event["values"].append(
                    (parts[1].decode("utf-8"), struct.unpack("<f", parts[2])[0]))
        else:
            raise ValueError(f"field {number} of an event")
    return event


def events(content):
    """Every event of a file, the first of which says the version."""
    return [_event(record) for record in records(content)]


def scalars(content):
    """{(tag, step): value} of a file; one that is there twice is an error."""
    found = {}
    for event in events(content):
        for tag, value in event["values"]:
            if (tag, event["step"]) in found:
                raise ValueError(f"{tag} twice at step {event['step']}")
            found[tag, event["step"]] = value
    return found
