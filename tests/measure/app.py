"""A small server that stops in the way it is told: `app.py BEHAVIOUR PORT`."""

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

SLOW = 0.5
ANSWER = b"HTTP/1.1 %s\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"

behaviour, port = sys.argv[1], int(sys.argv[2])
is_stopping = threading.Event()
Path("pid").write_text(str(os.getpid()), encoding="utf-8")
listener = socket.create_server(("127.0.0.1", port), backlog=64)
clients: list[threading.Thread] = []


def reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def answer(client: socket.socket) -> None:
    with client:
        if not client.recv(65536):
            return
        if is_stopping.is_set() and behaviour == "turns-away":
            client.sendall(ANSWER % b"503 Service Unavailable")
            return
        is_interrupted = is_stopping.wait(SLOW) if behaviour in ("errors", "cuts") else False
        if is_interrupted and behaviour == "errors":
            client.sendall(ANSWER % b"500 Internal Server Error")
        elif is_interrupted:
            client.sendall((ANSWER % b"200 OK")[:-1])
        else:
            time.sleep(0 if is_stopping.is_set() and behaviour == "errors" else SLOW)
            client.sendall(ANSWER % b"200 OK")


def keeps_open(client: socket.socket) -> None:
    """Answer with HTTP/1.1 and leave the connection open."""
    with client:
        while client.recv(65536):
            time.sleep(SLOW)
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def accept() -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        if is_stopping.is_set() and behaviour == "resets":
            reset(client)
            continue
        how = keeps_open if behaviour == "keeps-open" else answer
        clients.append(threading.Thread(target=how, args=(client,), daemon=True))
        clients[-1].start()


def close() -> None:
    # Closing alone leaves the thread that accepts waiting, and the port open.
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def finish() -> None:
    for client in clients:
        client.join(SLOW * 3)


def stop(*_: object) -> None:
    is_stopping.set()
    print("stopping \x1b[2J", flush=True)
    match behaviour:
        case "exits-at-once":
            os._exit(0)
        case "never-exits":
            close()
            while True:
                time.sleep(60)
        case "resets" | "accepts-on" | "turns-away":
            time.sleep(SLOW * 2)
            close()
            finish()
        case "slow":
            close()
            finish()
            time.sleep(SLOW)
        case "keeps-open":
            close()
            time.sleep(SLOW * 2)
        case _:
            close()
            finish()
    sys.exit(3 if behaviour == "fails" else 0)


match behaviour:
    case "no-handler":
        pass
    case "ignores":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    case "listens-to-quit":
        signal.signal(signal.SIGQUIT, stop)
    case _:
        signal.signal(signal.SIGTERM, stop)
if behaviour == "leaves-child":
    subprocess.Popen(["sleep", "60"])
elif behaviour == "leaves-daemon":
    subprocess.Popen(["sleep", "60"], start_new_session=True)
elif behaviour == "crashes":
    threading.Timer(SLOW * 3, os._exit, [1]).start()
threading.Thread(target=accept, daemon=True).start()
while True:
    # A signal may come to any thread, and Python handles it in this one.
    time.sleep(0.02)
