"""Slow lines to servers on this machine: TCP proxies, told what to do by `line.ts` in JSON, a line at a time.

`tc netem` is not in every kernel, and Chromium's own throttling leaves out websockets and the setting up of connections.
Modelled are: the delay, also that of TCP's handshake; the rate, shared by all connections; packet headers; and for each
connection a congestion window that starts at ten packets and grows with what is acknowledged, to at most twice what is
on the line in a round trip, and only while the queue at the bottleneck is shorter than a round trip. Not modelled: loss.

It is in Python because the proxy's own buffers must be small (what is in them cannot be overtaken), and Node cannot set
the size of a socket's.
"""

import asyncio
import contextlib
import json
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable

PAYLOAD = 1448
PACKET_HEADERS = 52
INITIAL_WINDOW = 10 * PAYLOAD
BUFFER = 16 * 1024


class Direction:
    """One direction of a line, shared by all connections."""

    def __init__(self, bytes_per_second: float, delay: float) -> None:
        """Nothing is on the way."""
        self.bytes = 0
        self.delay = delay
        self._rate = bytes_per_second
        self.largest_window = 2 * bytes_per_second * 2 * delay
        self._free = 0.0
        self._loop = asyncio.get_running_loop()

    @property
    def backlog(self) -> float:
        """How long a packet would wait at the bottleneck."""
        return max(0.0, self._free - self._loop.time())

    def send(self, size: int, arrived: Callable[[], None]) -> None:
        """Send a packet; `arrived` is called when it is at the other end."""
        self.bytes += size
        self._free = max(self._loop.time(), self._free) + (size + PACKET_HEADERS) / self._rate
        self._loop.call_at(self._free + self.delay, arrived)


class Flow:
    """What one socket says to the other, on its way over a direction of the line."""

    def __init__(self, source: asyncio.Transport, sink: asyncio.Transport, line: Direction, setup: float) -> None:
        """Let it flow after the time for the setup."""
        self._source, self._sink, self._line = source, sink, line
        self._pending: deque[bytes] = deque()
        self._waiting = 0
        self._in_flight = 0
        self._window: float = INITIAL_WINDOW
        self._open = False
        self._paused = False
        self._ended = False
        self._loop = asyncio.get_running_loop()
        self._loop.call_later(setup, self._start)

    def _start(self) -> None:
        self._open = True
        self._pump()

    def take(self, data: bytes) -> None:
        """Take what the source said."""
        self._pending.extend(data[at : at + PAYLOAD] for at in range(0, len(data), PAYLOAD))
        self._waiting += len(data)
        if self._waiting >= INITIAL_WINDOW and not self._paused:
            self._source.pause_reading()
            self._paused = True
        self._pump()

    def end(self) -> None:
        """The source says no more."""
        self._ended = True
        self._pump()

    def _pump(self) -> None:
        while self._open and self._pending and self._in_flight < self._window:
            packet = self._pending.popleft()
            self._waiting -= len(packet)
            self._in_flight += len(packet)
            self._line.send(len(packet), lambda packet=packet: self._arrived(packet))
        if self._paused and self._waiting < INITIAL_WINDOW and not self._source.is_closing():
            self._source.resume_reading()
            self._paused = False
        if self._open and self._ended and not self._pending:
            self._ended = False
            self._line.send(0, self._close_sink)

    def _arrived(self, packet: bytes) -> None:
        if not self._sink.is_closing():
            self._sink.write(packet)
        self._loop.call_later(self._line.delay, self._acknowledged, len(packet))

    def _acknowledged(self, size: int) -> None:
        self._in_flight -= size
        if self._line.backlog < 2 * self._line.delay:
            self._window = min(self._window + size, self._line.largest_window)
        self._pump()

    def _close_sink(self) -> None:
        # Whoever it goes to may have reset the connection a moment ago.
        if not self._sink.is_closing():
            with contextlib.suppress(OSError):
                self._sink.write_eof()


class End(asyncio.Protocol):
    """One of the two sockets of a connection."""

    def __init__(self) -> None:
        """It has no flow and no partner yet."""
        self.transport: asyncio.Transport | None = None
        self.flow: Flow | None = None
        self.partner: End | None = None
        self._early = b""
        self._early_end = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def start(self, flow: Flow) -> None:
        """Hand on what came before there was a flow, and all that comes."""
        self.flow = flow
        if self._early:
            flow.take(self._early)
        if self._early_end:
            flow.end()

    def data_received(self, data: bytes) -> None:
        """Hand it on."""
        if self.flow:
            self.flow.take(data)
        else:
            self._early += data

    def eof_received(self) -> bool:
        """Hand that on, too; the other direction stays open."""
        if self.flow:
            self.flow.end()
        else:
            self._early_end = True
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Drop the partner if this one was reset."""
        if exc and self.partner and self.partner.transport:
            self.partner.transport.abort()


class Line:
    """A line of its own to a server."""

    def __init__(self, host: str, port: int, round_trip: float, megabits_per_second: float) -> None:
        """Take the delay in seconds."""
        self._target = (host, port)
        self._round_trip = round_trip
        rate = megabits_per_second * 1e6 / 8
        self._down = Direction(rate, round_trip / 2)
        self._up = Direction(rate, round_trip / 2)
        self._connections = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def listen(self) -> int:
        """Return the port that clients are to connect to."""
        server = await asyncio.get_running_loop().create_server(self._accept, "127.0.0.1", 0)
        port: int = server.sockets[0].getsockname()[1]
        return port

    def count(self) -> dict[str, int]:
        """Return what passed since the last call."""
        counts = {"down": self._down.bytes, "up": self._up.bytes, "connections": self._connections}
        self._down.bytes = self._up.bytes = self._connections = 0
        return counts

    def _accept(self) -> End:
        self._connections += 1
        client = End()
        task = asyncio.get_running_loop().create_task(self._connect(client))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return client

    async def _connect(self, client: End) -> None:
        loop = asyncio.get_running_loop()
        plug = socket.socket()
        plug.setblocking(False)
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        try:
            await loop.sock_connect(plug, self._target)
            _, server = await loop.create_connection(End, sock=plug)
        except OSError:
            plug.close()
            if client.transport:
                client.transport.abort()
            return
        client.partner, server.partner = server, client
        assert client.transport
        assert server.transport
        # The client got its answer to SYN at once: what it sends has to wait for as long as that would have taken.
        client.start(Flow(client.transport, server.transport, self._up, self._round_trip))
        server.start(Flow(server.transport, client.transport, self._down, 0))


async def main() -> None:
    """Answer requests until there are no more."""
    lines: list[Line] = []
    loop = asyncio.get_running_loop()
    requests = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(requests), sys.stdin)
    while text := await requests.readline():
        request = json.loads(text)
        if "count" in request:
            reply = lines[request["count"]].count()
        else:
            lines.append(Line(request["host"], request["port"], request["roundTrip"] / 1000, request["megabitsPerSecond"]))
            reply = {"line": len(lines) - 1, "port": await lines[-1].listen()}
        print(json.dumps(reply), flush=True)


# Ctrl-C reaches every process of the terminal; this one ends with the one that started it.
signal.signal(signal.SIGINT, signal.SIG_IGN)
asyncio.run(main())
