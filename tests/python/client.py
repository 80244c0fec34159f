#!/usr/bin/env python3
"""A client that knows nothing of Pinion but the published schema: PyPI `sbe`, standard library.

Logs on, trades with itself, has messages sent again, loses its connection, resumes, recovers what
it never read, says goodbye. Exits 0 if the venue did as PROTOCOL.md says, else 1. KEY is
hexadecimal, or `@FILE` for a file that holds it.
"""

import argparse
import hmac
import pathlib
import socket
import sys
import time

import sbe

SCHEMA = pathlib.Path(__file__).parents[2] / "gateway/wire/schema/order-entry.xml"
SOFH = 6


def expect(truth, what):
    if not truth:
        raise AssertionError(what)


def zero(kind):
    """The value of a field that does not apply."""
    if isinstance(kind, sbe.Enum):
        return next((value.name for value in kind.valid_values if value.value == "0"), None)
    if isinstance(kind, sbe.Composite):
        return {"mantissa": 0}
    return "" if kind.primitiveType == sbe.PrimitiveType.CHAR else 0


class Client:
    """One session: its numbers outlive its connections."""

    def __init__(self, args):
        key = pathlib.Path(args.key[1:]).read_text("ascii") if args.key[:1] == "@" else args.key
        self.args, self.key = args, bytes.fromhex(key.strip())
        with open(args.schema, "rb") as file:
            self.schema = sbe.Schema.parse(file)
        self.messages = {message.name: message for message in self.schema.messages.values()}
        self.version = self.stamp = self.cl_ord_id = 0

    def connect(self):
        self.sock = socket.create_connection((self.args.host, self.args.port), timeout=10)
        self.file = self.sock.makefile("rb")

    def say(self, name, **fields):
        """A message: what is not given does not apply."""
        message = self.messages[name]
        values = {field.name: zero(field.type) for field in message.fields}
        expect(fields.keys() <= values.keys(), f"fields of {name}")
        body = self.schema.encode(message, {**values, **fields})
        self.sock.sendall((len(body) + SOFH).to_bytes(4, "little") + b"\x50\xeb" + body)

    def send(self, name, **fields):
        self.say(name, msgSeqNum=self.next_out, sendingTime=time.time_ns(), **fields)
        self.next_out += 1

    def read(self, *names):
        """The next message but signs of life, which must be one of these: its name and values."""
        while True:
            head = self.file.read(SOFH)
            expect(head[4:] == b"\x50\xeb", "the venue closed the connection, or sent no frame")
            message = self.schema.decode(self.file.read(int.from_bytes(head[:4], "little") - SOFH))
            if message.message_name != "Sequence":
                expect(message.message_name in names, f"{message} instead of {names}")
                return message.message_name, message.value
            if message.value["keepAliveLapsed"] == "True":
                self.say("Sequence", nextSeqNo=self.next_out)

    def next(self, *names):
        """The venue's next numbered message, which must be one of these and in order."""
        name, value = self.read(*names)
        expect(value["msgSeqNum"] == self.next_in, f"number {value['msgSeqNum']}")
        self.next_in += 1
        return name, value

    def log_on(self, name, **fields):
        """A signed message: `fields` in the order in which they are signed."""
        args, self.stamp = self.args, max(self.stamp + 1, time.time_ns())
        fields = {"timestamp": self.stamp, "sessionVerId": self.version,
                  "sessionId": args.session, **fields}
        flows = {"Idempotent": 3, "OnDisconnect": 1}
        text = "\n".join([name, *(str(flows.get(value, value)) for value in fields.values())])
        signature = hmac.new(self.key, text.encode("ascii"), "sha256").hexdigest()
        self.say(name, **fields, hmacSignature=signature)

    def negotiate(self):
        self.version = time.time_ns() // 1000
        self.log_on("Negotiate", firmId=self.args.firm, clientFlow="Idempotent",
                    accessKeyId=self.args.key_id, clientAppName="client.py", clientAppVersion="1")
        self.read("NegotiationResponse")
        self.next_out, self.next_in = 1, 1

    def establish(self):
        self.log_on("Establish", nextSeqNo=self.next_out, keepAliveInterval=10_000,
                    codTimeoutWindow=5_000, cancelOnDisconnectType="OnDisconnect",
                    accessKeyId=self.args.key_id)
        _, ack = self.read("EstablishmentAck")
        self.cl_ord_id = max(self.cl_ord_id, ack["lastClOrdId"])
        return ack

    def retransmit(self, first, count):
        """Asks for messages again and gives them."""
        self.say("RetransmitRequest", sessionVerId=self.version, timestamp=time.time_ns(),
                 fromSeqNo=first, count=count, sessionId=self.args.session)
        _, answer = self.read("Retransmission")
        expect((answer["nextSeqNo"], answer["count"]) == (first, count), f"{answer}")
        again = [self.read(*self.messages) for _ in range(count)]
        for number, (name, value) in enumerate(again, first):
            expect(value["msgSeqNum"] == number and value["possResend"] == "True", f"{name} again")
        return again

    def request(self, name, **fields):
        """An order or a cancel with the next clOrdId."""
        self.cl_ord_id += 1
        self.send(name, clOrdId=self.cl_ord_id, **fields)
        return self.cl_ord_id

    def order(self, side, price, quantity):
        return self.request("NewOrderSingle", price={"mantissa": price}, orderQty=quantity,
                            instrumentId=self.args.instrument, accountId=self.args.account,
                            side=side, ordType="Limit", timeInForce="Day", stpMode="None")


def run(args, step):
    client = Client(args)
    client.connect()
    client.negotiate()
    ack = client.establish()
    step(f"logged on, version {client.version}, durability {ack['durability']}")
    client.send("SecurityListRequest", requestId=1, instrumentId=args.instrument)
    _, found = client.next("SecurityDefinition")
    tick, lot = found["tickSize"]["mantissa"], found["lotSize"]
    price = args.price or found["referencePx"]["mantissa"] or 100 * 10**8
    price -= price % tick
    step(f"{found['symbol']} in {found['currency']} is {found['tradingState']}")
    buy = client.order("Buy", price, 2 * lot)
    seen = [client.next("ExecutionReportNew")]
    sell = client.order("Sell", price, lot)
    seen.append(client.next("ExecutionReportNew"))
    seen += [client.next("ExecutionReportTrade"), client.next("ExecutionReportTrade")]
    maker, taker = seen[2][1], seen[3][1]
    expect((maker["clOrdId"], taker["clOrdId"]) == (buy, sell), "the maker's report comes first")
    expect(maker["tradeId"] == taker["tradeId"] and maker["leavesQty"] == lot, "one trade")
    step(f"traded {lot} at {maker['lastPx']['mantissa']}e-8")
    again = client.retransmit(client.next_in - 4, 4)
    for value in (value for _, value in seen + again):
        value.update(sendingTime=0, possResend="True")
    expect(seen == again, "what is sent again is what was sent")
    step("had 4 messages sent again, equal to the first time")
    client.request("OrderCancelRequest", origClOrdId=buy, instrumentId=args.instrument, side="Buy")
    rest = client.order("Buy", price, lot)
    client.sock.shutdown(socket.SHUT_WR)
    while client.sock.recv(65536):
        pass
    client.connect()
    ack = client.establish()
    expect(ack["lastIncomingSeqNo"] == client.next_out - 1, "the venue has what was sent")
    missed = client.retransmit(client.next_in, ack["nextSeqNo"] - client.next_in)
    client.next_in = ack["nextSeqNo"]
    expect([(name, value["clOrdId"]) for name, value in missed] ==
           [("ExecutionReportCanceled", rest - 1), ("ExecutionReportNew", rest)], f"{missed}")
    step("lost the connection, resumed, recovered 2 messages that were never read")
    client.request("OrderMassCancelRequest", scope="Session", side="Both")
    _, canceled = client.next("ExecutionReportCanceled")
    _, report = client.next("OrderMassCancelReport")
    expect((canceled["origClOrdId"], report["affectedOrders"]) == (rest, 1), "the mass cancel")
    client.say("Terminate", sessionVerId=client.version, sessionId=args.session,
               terminationCode="Finished")
    client.read("Terminate")
    step("canceled what was left and said goodbye")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("host", "port", "key"):
        parser.add_argument(name)
    parser.add_argument("--key-id", default="key-1")
    for name in ("session", "firm", "account", "instrument"):
        parser.add_argument(f"--{name}", type=int, default=1)
    parser.add_argument("--price", type=int, default=0, help="in 1e-8; else the reference price")
    parser.add_argument("--schema", default=SCHEMA)
    args = parser.parse_args()
    try:
        run(args, lambda text: print(f"ok: {text}", flush=True))
    except (AssertionError, OSError) as error:
        print(f"failed: {type(error).__name__}: {error}", flush=True)
        return 1
    print("ok: all of it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
