"""Holds the golden bytes to PyPI `sbe`, which knows nothing but the published XML."""

import json
import sys

import sbe

SOFH = 6


def main(schema_path, golden_path):
    with open(schema_path, "rb") as file:
        schema = sbe.Schema.parse(file)
    with open(golden_path, encoding="ascii") as file:
        golden = json.load(file)
    templates = {message.id for message in schema.messages.values()} - {65000}
    assert templates == {sample["template"] for sample in golden}, "a template without a sample"
    for sample in golden:
        frame = bytes.fromhex(sample["frame"])
        message = schema.messages[sample["template"]]
        assert message.name == sample["name"]
        assert int.from_bytes(frame[:4], "little") == len(frame), message.name
        encoded = schema.encode(message, dict(sample["values"]))
        assert encoded == frame[SOFH:], f"{message.name}: encodes to\n{encoded.hex()}"
        decoded = schema.decode(frame[SOFH:])
        assert decoded.message_name == message.name
        assert decoded.header["blockLength"] == len(frame) - SOFH - 8, message.name
        for name, value in sample["values"].items():
            assert decoded.value[name] == value, f"{message.name}.{name}: {decoded.value[name]}"
    print(f"sbe agrees on {len(golden)} messages")


if __name__ == "__main__":
    main(*sys.argv[1:])
