"""Serves moto on 127.0.0.1, with the gaps between moto and AWS closed by the package `gaps`.

The port is the system's choice. Once requests are accepted, `server.json` in the folder given tells
where; the lock on `server.alive` beside it is held for as long as this process lives.
"""

import argparse
import fcntl
import io
import json
import os
import signal
import sys
import threading
import time
import traceback

# AWS managed policies (AmazonECSTaskExecutionRolePolicy ...) exist in every account.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
# A certificate is validated after a second, not after a minute.
os.environ.setdefault("MOTO_ACM_VALIDATION_WAIT", "1")

from moto.moto_server.werkzeug_app import (  # noqa: E402
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server  # noqa: E402

import gaps  # noqa: E402


class Application:
    """Moto's application, one request at a time: its backends are plain dictionaries."""

    def __init__(self, identity):
        self.identity = json.dumps(identity).encode()
        self.moto = DomainDispatcherApplication(
            lambda service: gaps.protocol.without_page(create_backend_app(service))
        )
        self.lock = threading.RLock()

    def answer(self, environ):
        """The status, headers and body for a request."""
        if environ["PATH_INFO"] == "/groundplan/identity":
            return "200 OK", [("Content-Type", "application/json")], self.identity
        if environ["PATH_INFO"] == "/groundplan/faults":
            understood = gaps.faults.ask(environ["QUERY_STRING"])
            return "200 OK" if understood else "400 Bad Request", [], b""
        if environ["PATH_INFO"] == "/groundplan/calls":
            return "200 OK", [("Content-Type", "text/plain")], gaps.calls.told().encode()
        with self.lock:
            gaps.before_request()
            return gaps.cbor.spoken(self.ask_moto, environ)

    def ask_moto(self, environ):
        begun = []
        parts = self.moto(environ, lambda status, headers, _=None: begun.extend([status, headers]))
        try:
            body = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        return begun[0], begun[1], body


class Handler(MotoRequestHandler):
    """Reads a request whole and writes an answer whole, so that connections can stay open."""

    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"

    def run_wsgi(self):
        if self.headers.get("Expect", "").lower().strip() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ = self.make_environ()
        # A slow upload does not hold the lock.
        read_body(environ)
        try:
            status, headers, body = self.server.app.answer(environ)
        except gaps.faults.Lost:
            self.close_connection = True
            return
        except Exception:
            traceback.print_exc()
            status, headers, body = "500 Internal Server Error", [], b"see the sandbox's log"
        self.wfile.write(self.head(status, headers, body) + (b"" if self.command == "HEAD" else body))
        self.log_request(status)

    def head(self, status, headers, body):
        lines = [f"HTTP/1.1 {status}"]
        lines += [f"{name}: {value}" for name, value in headers if name.lower() not in OURS]
        lengths = [value for name, value in headers if name.lower() == "content-length"]
        # The answer to HEAD tells the length of what it leaves out.
        length = lengths[0] if lengths and self.command == "HEAD" else len(body)
        if not status.startswith(("1", "204", "304")):
            lines.append(f"Content-Length: {length}")
        lines.append(f"Date: {self.date_time_string()}")
        if self.close_connection:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def log_request(self, code="-", size="-"):
        if os.environ.get("GROUNDPLAN_SANDBOX_LOG_REQUESTS"):
            super().log_request(code, size)


# Headers that the handler writes itself.
OURS = ("content-length", "transfer-encoding", "connection", "date")


def read_body(environ):
    """Reads the whole body of a request."""
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        body = stream.read()
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
    else:
        body = stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)


def die_with_parent():
    """Ends this process when whoever started it has gone: its end of the pipe is closed then."""
    sys.stdin.buffer.read()
    os._exit(0)


def hold(path):
    """Locks the file. Whoever looks whether it is locked holds it for an instant, so this tries again."""
    file = open(path, "w")
    for _ in range(200):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError:
            time.sleep(0.01)
    sys.exit("another server holds " + path)


def write_whole(path, value):
    with open(path + ".new", "w") as file:
        json.dump(value, file)
    os.rename(path + ".new", path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--version", required=True)
    parser.add_argument("--die-with-parent", action="store_true")
    options = parser.parse_args()

    alive = hold(os.path.join(options.folder, "server.alive"))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))

    identity = {"pid": os.getpid(), "started": time.time(), "version": options.version}
    application = Application(identity)
    server = make_server(
        "127.0.0.1", 0, application, threaded=True, request_handler=Handler
    )
    # Moto sends requests to itself here and there.
    os.environ["MOTO_PORT"] = str(server.port)
    gaps.install()
    write_whole(
        os.path.join(options.folder, "server.json"), identity | {"port": server.port}
    )
    if options.die_with_parent:
        threading.Thread(target=die_with_parent, daemon=True).start()
    server.serve_forever()
    alive.close()


if __name__ == "__main__":
    main()
