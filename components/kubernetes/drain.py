"""Keeps an app's pod that is about to go until nobody has the app open in it.

Kubernetes runs it before it ends the container (`preStop`). Arguments: the port and the path of Streamlit's metrics; how many seconds
somebody may go on at most.
"""

import socket
import sys
import time

# Until every gateway has learnt that the pod takes no new sessions: the cluster's DNS server tells for 5 s what it knew, nginx for 2.
HEAD_START = 8.0
INTERVAL = 1.0
TIMEOUT = 2.0


def is_open(port: int, path: str) -> bool:
    """Whether somebody has the app open. One that does not answer in time is busy, perhaps for somebody who has."""
    query = f"{path}?families=active_sessions"
    request = f"GET {query} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    answer = b""
    try:
        with socket.create_connection(("127.0.0.1", port), TIMEOUT) as connection:
            connection.sendall(request.encode())
            while part := connection.recv(4096):
                answer += part
    except TimeoutError:
        return True
    except OSError:
        return False
    # What is no Streamlit tells of no session.
    lines = answer.decode(errors="replace").splitlines()
    counts = [line.split()[1] for line in lines if line.startswith("active_sessions ")]
    return any(count not in ("0", "0.0") for count in counts)


def main(port: int, path: str, seconds: float) -> None:
    """Return once the app may go."""
    end = time.monotonic() + seconds
    time.sleep(min(HEAD_START, seconds))
    while time.monotonic() < end and is_open(port, path):
        time.sleep(INTERVAL)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
