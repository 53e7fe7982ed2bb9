"""ONNX models, written field by field."""

import numpy


def varint(number):
    """A number in protobuf's encoding."""
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def whole(field, number):
    """A field that is a number."""
    return varint(field << 3) + varint(number)


def message(field, content):
    """A field that is a text or a message."""
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


def node(operator, inputs, outputs, name):
    """A node of a graph."""
    return message(1, b"".join(message(1, one) for one in inputs) +
                   b"".join(message(2, one) for one in outputs) + message(3, name) +
                   message(4, operator))


def tensor(name, values):
    """An initializer of float32."""
    values = numpy.asarray(values, dtype="<f4")
    return message(5, b"".join(whole(1, extent) for extent in values.shape) + whole(2, 1) +
                   message(8, name) + message(9, values.tobytes()))


def model(*fields):
    """A model around the fields of a graph."""
    graph = b"".join(fields) + message(11, message(1, "x"))
    return (whole(1, 8) + message(2, "pytorch") + message(7, graph) +
            message(8, message(1, "") + whole(2, 17)))
