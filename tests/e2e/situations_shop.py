#!/usr/bin/env python3
"""The service behind situations.sh: /ok works, /boom answers 500, /refuse 409, /hang waits until DIR/let-go is there.

usage: situations_shop.py PORT DIR
"""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWERS = {
    "/ok": (200, {"done": True}),
    "/hang": (200, {"done": True}),
    "/boom": (500, {"title": "The service is broken", "detail": "no connection to its database"}),
    "/refuse": (409, {"title": "Refused", "detail": "this is not possible"}),
}


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        while self.path == "/hang" and not os.path.exists(os.path.join(sys.argv[2], "let-go")):
            time.sleep(0.05)
        status, answer = ANSWERS[self.path]
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Shop).serve_forever()
