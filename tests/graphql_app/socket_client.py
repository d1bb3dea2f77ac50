"""A GraphQL client over one WebSocket, in either of the two subprotocols. Every wait has a limit, after which it fails."""
import base64
import json
import os
import socket
import struct
import urllib.parse

TRANSPORT = "graphql-transport-ws"
LEGACY = "graphql-ws"


class SocketClient:
    """Connected and introduced with `headers`."""

    def __init__(self, url: str, headers: dict[str, str], protocol: str = TRANSPORT, path: str = "/v1/graphql") -> None:
        address = urllib.parse.urlsplit(url)
        self.protocol = protocol
        self._stream = socket.create_connection((address.hostname, address.port), timeout=30)
        self._received = self._stream.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        self._stream.sendall((f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                              f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: {protocol}\r\n\r\n").encode())
        status = self._received.readline()
        if b" 101 " not in status:
            raise AssertionError(f"no WebSocket: {status}")
        while self._received.readline() != b"\r\n":
            pass
        self.send({"type": "connection_init", "payload": {"headers": headers}})
        message = self.receive()
        if message["type"] != "connection_ack":
            raise AssertionError(message)

    def send(self, message: dict) -> None:
        text = json.dumps(message).encode()
        size = struct.pack("!BB", 0x81, 0x80 | len(text)) if len(text) < 126 else struct.pack("!BBH", 0x81, 0xFE, len(text))
        self._stream.sendall(size + bytes(4) + text)  # A mask of zeros changes nothing.

    def subscribe(self, id_: str, query: str) -> None:
        self.send({"id": id_, "type": "subscribe" if self.protocol == TRANSPORT else "start", "payload": {"query": query}})

    def receive(self) -> dict:
        """The next message that is no sign of life."""
        while True:
            kind, size = self._received.read(2)
            if size == 126:
                [size] = struct.unpack("!H", self._received.read(2))
            elif size == 127:
                [size] = struct.unpack("!Q", self._received.read(8))
            body = self._received.read(size)
            if kind & 0x0F == 8:
                raise AssertionError(f"closed: {body[2:].decode()}")
            if kind & 0x0F != 1:
                continue
            message = json.loads(body)
            if message["type"] not in ("ping", "ka"):
                return message

    def error(self, id_: str) -> dict:
        """The one error of an operation, whose end comes next."""
        message = self.receive()
        if (message["id"], message["type"]) == (id_, "error"):
            [error] = message["payload"] if self.protocol == TRANSPORT else message["payload"]["errors"]
        else:
            [error] = message["payload"]["errors"]
        if message["type"] != "error" or self.protocol == LEGACY:
            end = self.receive()
            if (end["id"], end["type"]) != (id_, "complete"):
                raise AssertionError(end)
        return error

    def data(self, id_: str) -> dict:
        message = self.receive()
        if message["id"] != id_ or "data" not in message["payload"]:
            raise AssertionError(message)
        return message["payload"]["data"]

    def close(self) -> None:
        self._received.close()
        self._stream.close()
