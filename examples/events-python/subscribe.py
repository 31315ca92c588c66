#!/usr/bin/python3
"""Reads ArcBox's events from NATS, each at least once and in order, and prints a line of JSON for each.

Needs python3-protobuf, and the proto files of ArcBox as Python:

    protoc -I libs/proto/proto --python_out=generated arcbox/v1/common.proto arcbox/v1/api.proto
    PYTHONPATH=generated python3 subscribe.py nats://TOKEN@127.0.0.1:PORT NAME [SUBJECT [COUNT]]

Started again with the same NAME it goes on where it ended: the server keeps the place.
"""

import itertools
import json
import socket
import sys
import urllib.parse

from arcbox.v1.api_pb2 import Event
from google.protobuf.json_format import MessageToDict

STREAM = "ARCBOX_EVENTS"


class Nats:
    """As much of the protocol of NATS clients as is needed here: https://docs.nats.io/reference/reference-protocols."""

    def __init__(self, url):
        place = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((place.hostname, place.port or 4222))
        self.file = self.socket.makefile("rb")
        self.inboxes = itertools.count(1)
        self.line()  # INFO
        options = {"verbose": False, "headers": True, "lang": "python3", "version": "1"}
        if place.username:
            options["auth_token"] = urllib.parse.unquote(place.username)
        self.send(f"CONNECT {json.dumps(options)}")

    def send(self, line, payload=None):
        rest = b"" if payload is None else payload + b"\r\n"
        self.socket.sendall(line.encode() + b"\r\n" + rest)

    def line(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError("the server has closed the connection")
        return line.decode().rstrip("\r\n")

    def publish(self, subject, payload, reply=""):
        self.send(f"PUB {subject} {reply} {len(payload)}", payload)

    def request(self, subject, payload):
        """Asks, and gives the first answer: subject to answer to, status, headers, payload."""
        number = next(self.inboxes)
        inbox = f"_INBOX.example.{id(self)}.{number}"
        self.send(f"SUB {inbox} {number}")
        self.send(f"UNSUB {number} 1")
        self.publish(subject, payload, inbox)
        return self.message()

    def message(self):
        while True:
            line = self.line()
            if line == "PING":
                self.send("PONG")
            elif line.startswith("-ERR"):
                raise ConnectionError(line)
            elif line.startswith(("MSG ", "HMSG ")):
                return self.read(line.split(" "))

    def read(self, words):
        # MSG subject sid [reply] size; HMSG subject sid [reply] header-size size
        sizes = 1 if words[0] == "MSG" else 2
        reply = words[3] if len(words) == 4 + sizes else ""
        size = int(words[-1])
        header_size = int(words[-2]) if sizes == 2 else 0
        content = self.file.read(size + 2)[:size]
        status, headers = parse_headers(content[:header_size].decode())
        return reply, status, headers, content[header_size:]


def parse_headers(text):
    """`NATS/1.0[ status text]` and lines `name: value`."""
    first, *lines = text.split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return first[len("NATS/1.0 "):], {name: value.strip() for name, _, value in pairs}


def main(url, name, subject="arcbox.events.v1.>", count="0"):
    nats = Nats(url)
    # One event is under way at a time: what is not acknowledged comes again, and nothing overtakes it.
    config = {
        "durable_name": name,
        "filter_subject": subject,
        "deliver_policy": "all",
        "ack_policy": "explicit",
        "max_ack_pending": 1,
        "replay_policy": "instant",
    }
    create = json.dumps({"stream_name": STREAM, "config": config}).encode()
    *_, answer = nats.request(f"$JS.API.CONSUMER.DURABLE.CREATE.{STREAM}.{name}", create)
    error = json.loads(answer).get("error")
    if error:
        raise SystemExit(error["description"])

    left = int(count)
    pull = json.dumps({"batch": 1, "expires": 30_000_000_000}).encode()
    while True:
        reply, status, headers, payload = nats.request(f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{name}", pull)
        if status:  # 404, 408: nothing has happened meanwhile
            continue
        cloud_event = {key[3:]: value for key, value in headers.items() if key.startswith("ce-")}
        data = MessageToDict(Event.FromString(payload), preserving_proto_field_name=True)
        print(json.dumps({**cloud_event, "data": data}), flush=True)
        # Waits until the server has noted it: from here on it does not come again.
        nats.request(reply, b"+ACK")
        left -= 1
        if left == 0:
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
