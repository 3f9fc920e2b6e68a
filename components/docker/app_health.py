"""The health check of an app: what health.sh is for the other parts, in the one language that every app's image has.

Arguments: the port and the path of Streamlit's own health check.

What is not known to be well is waited for, and the answer is given as soon as it is. The next run, which Docker starts a
second later, stays and probes for ten minutes: it fails after three failed probes in a row. One that is killed leaves no
marker, so that the one after it answers at once again. It imports little, because it takes its memory from the app.
"""

import os
import socket
import sys
import time

# The container's own file system in memory: empty at each start.
KNOWN_WELL = "/tmp/known-well"  # noqa: S108
PATIENCE = 75.0
INTERVAL = 5.0
TIMEOUT = 2.0


def fault(port: int, path: str) -> str:
    """Ask once; what is wrong, or nothing."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    end = time.monotonic() + TIMEOUT
    answer = b""
    try:
        with socket.create_connection(("127.0.0.1", port), TIMEOUT) as connection:
            connection.sendall(request.encode())
            while part := connection.recv(4096):
                answer += part
                connection.settimeout(max(0.01, end - time.monotonic()))
    except OSError as error:
        return str(error)
    # Any path is answered with 200, so the answer's text counts.
    return "" if answer.endswith(b"\r\n\r\nok") else f"{path} was not answered with ok"


def wait(port: int, path: str) -> None:
    """Return once the app is well."""
    end = time.monotonic() + PATIENCE
    while what := fault(port, path):
        if time.monotonic() > end:
            sys.exit(what)
        time.sleep(0.2)


def watch(port: int, path: str) -> None:
    """Return after ten minutes in which the app was well."""
    end = time.monotonic() + 600
    due = time.monotonic()
    failures = 0
    while due < end:
        # From the start of a probe to that of the next: one that hangs is not noticed later.
        due += INTERVAL
        what = fault(port, path)
        failures = failures + 1 if what else 0
        if failures == 3:
            sys.exit(what)
        time.sleep(max(0.0, due - time.monotonic()))


def main(port: int, path: str) -> None:
    """Wait or watch."""
    try:
        os.unlink(KNOWN_WELL)
    except FileNotFoundError:
        wait(port, path)
    else:
        watch(port, path)
    with open(KNOWN_WELL, "w"):
        pass


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
