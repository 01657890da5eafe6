#!/usr/bin/env python3
"""A Skald worker with nothing but Python's standard library, written from engine/wire/README.md.

As a program it serves one task type and answers with its input:
    python3 skald_worker.py --nats nats://127.0.0.1:4222 --task demo.echo
As a module: Worker("nats://...", "demo.echo", handler).run(), where handler(task) returns the output, or raises Rejected
or Failed; any other exception means that the outcome is unknown.
"""
import argparse
import json
import math
import os
import socket
import struct
import threading
import time
import traceback

CONSUMER = {"ack_policy": "explicit", "ack_wait": 10_000_000_000, "max_deliver": -1, "max_ack_pending": 10_000,
            "deliver_policy": "all", "replay_policy": "instant"}
EXPIRES_S = 10
IN_PROGRESS_EVERY_S = 3
PRESENCE_EVERY_S = 5


class Rejected(Exception):
    """Refused for good, without an effect."""


class Failed(Exception):
    """No effect; may be tried again."""


def unpack(data, at=0):
    """One msgpack value and the offset behind it."""
    kind = data[at]
    at += 1
    if kind <= 0x7F:
        return kind, at
    if kind >= 0xE0:
        return kind - 256, at
    if kind <= 0x8F:
        return unpack_map(data, at, kind & 0x0F)
    if kind <= 0x9F:
        return unpack_array(data, at, kind & 0x0F)
    if kind <= 0xBF:
        return unpack_str(data, at, kind & 0x1F)
    if kind in (0xC0, 0xC2, 0xC3):
        return {0xC0: None, 0xC2: False, 0xC3: True}[kind], at
    numbers = {0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q",
               0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q"}
    if kind in numbers:
        size = struct.calcsize(numbers[kind])
        return struct.unpack_from(numbers[kind], data, at)[0], at + size
    sizes = {0xD9: ">B", 0xDA: ">H", 0xDB: ">I", 0xDC: ">H", 0xDD: ">I", 0xDE: ">H", 0xDF: ">I"}
    if kind not in sizes:
        raise ValueError(f"msgpack type {kind:#x} is not used on the wire")
    length = struct.unpack_from(sizes[kind], data, at)[0]
    at += struct.calcsize(sizes[kind])
    if kind <= 0xDB:
        return unpack_str(data, at, length)
    return unpack_array(data, at, length) if kind <= 0xDD else unpack_map(data, at, length)


def unpack_str(data, at, length):
    return data[at:at + length].decode(), at + length


def unpack_array(data, at, length):
    items = []
    for _ in range(length):
        item, at = unpack(data, at)
        items.append(item)
    return items, at


def unpack_map(data, at, length):
    items = {}
    for _ in range(length):
        key, at = unpack(data, at)
        items[key], at = unpack(data, at)
    return items, at


class Nats:
    """As much of the NATS protocol as a worker needs."""

    def __init__(self, url):
        host, _, port = url.removeprefix("nats://").partition(":")
        self.socket = socket.create_connection((host, int(port or 4222)), timeout=30)
        self.stream = self.socket.makefile("rb")
        self.lock = threading.Lock()
        self.inbox = "_INBOX." + os.urandom(12).hex()
        self.answers = {}
        self.next_request = 0
        self.handlers = []
        if not self.stream.readline().startswith(b"INFO"):
            raise ConnectionError(f"{url} is no NATS server")
        self.send(b'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nPING\r\n')
        self.subscribe(self.inbox + ".*", self.answered)

    def send(self, data):
        with self.lock:
            self.socket.sendall(data)

    def subscribe(self, subject, handler):
        self.handlers.append(handler)
        self.send(f"SUB {subject} {len(self.handlers)}\r\n".encode())

    def publish(self, subject, body, reply="", headers=None):
        if headers:
            head = ("NATS/1.0\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n").encode()
            line = f"HPUB {subject} {reply} {len(head)} {len(head) + len(body)}\r\n"
            self.send(line.encode() + head + body + b"\r\n")
        else:
            self.send(f"PUB {subject} {reply} {len(body)}\r\n".encode() + body + b"\r\n")

    def request(self, subject, body, headers=None, timeout=3):
        """The answer's body; None where none came in time."""
        done = threading.Event()
        self.next_request += 1
        reply = f"{self.inbox}.{self.next_request}"
        self.answers[reply] = entry = [done, None]
        self.publish(subject, body, reply, headers)
        done.wait(timeout)
        self.answers.pop(reply, None)
        return entry[1]

    def answered(self, subject, _reply, headers, body):
        entry = self.answers.get(subject)
        if entry and not (headers and not body):
            entry[1] = body
        if entry:
            entry[0].set()

    def read(self):
        """Reads one protocol line and hands out what it brings."""
        line = self.stream.readline()
        if not line:
            raise ConnectionError("the NATS server has closed the connection")
        words = line.split()
        if words[:1] == [b"PING"]:
            self.send(b"PONG\r\n")
        if words[:1] not in ([b"MSG"], [b"HMSG"]):
            return
        with_headers = words[0] == b"HMSG"
        total = int(words[-1])
        head = int(words[-2]) if with_headers else 0
        data = self.stream.read(total + 2)[:total]
        reply = words[3].decode() if len(words) == (6 if with_headers else 5) else ""
        self.handlers[int(words[2]) - 1](words[1].decode(), reply, data[:head].decode(), data[head:])


class Worker:
    def __init__(self, url, task_type, handler, name=None):
        self.task_type = task_type
        self.handler = handler
        self.name = name or f"python-{socket.gethostname()}-{os.getpid()}"
        self.nats = Nats(url)
        self.consumer = task_type.replace(".", "__")
        self.pulls = self.nats.inbox + "-pull"
        self.queue = []
        self.wake = threading.Condition()
        self.stopped = False
        self.nats.subscribe(self.pulls, self.delivered)

    def run(self):
        threading.Thread(target=self.work, daemon=True).start()
        threading.Thread(target=self.announce, daemon=True).start()
        while not self.stopped:
            try:
                self.nats.read()
            except TimeoutError:
                continue

    def make_consumer(self):
        # A consumer of a stream that the broker is still making never gets anything; this stream is made behind that one.
        answer = self.nats.request("$JS.API.STREAM.INFO.SKALD_RESULTS", b"")
        if answer is None or "error" in json.loads(answer):
            return False
        config = dict(CONSUMER, durable_name=self.consumer, filter_subject=f"skald.v1.task.{self.task_type}")
        answer = self.nats.request(f"$JS.API.CONSUMER.DURABLE.CREATE.SKALD_TASKS.{self.consumer}",
                                   json.dumps({"stream_name": "SKALD_TASKS", "config": config}).encode())
        return answer is not None and "error" not in json.loads(answer)

    def delivered(self, _subject, reply, headers, body):
        with self.wake:
            self.queue.append((reply, headers, body))
            self.wake.notify()

    def work(self):
        """Asks for one task at a time, for as long as the process lives."""
        while not self.make_consumer():
            time.sleep(0.25)
        while True:
            self.nats.publish(f"$JS.API.CONSUMER.MSG.NEXT.SKALD_TASKS.{self.consumer}",
                              json.dumps({"batch": 1, "expires": EXPIRES_S * 10**9}).encode(), self.pulls)
            with self.wake:
                if not self.queue:
                    self.wake.wait(EXPIRES_S + 2)
                message = self.queue.pop(0) if self.queue else None
            if message and message[0].startswith("$JS.ACK"):
                self.perform(*message)
            elif message and " 408" not in message[1]:
                time.sleep(0.25)
                self.make_consumer()

    def perform(self, reply, headers, body):
        """One message: a task, or several, each of which is answered by itself."""
        try:
            message = json.loads(body) if "application/json" in headers else unpack(body)[0]
            tasks = [(task, answer_to(task), late_at(task)) for task in message.get("tasks", [message])]
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, struct.error):
            traceback.print_exc()
            self.nats.publish(reply, b"+ACK")
            return
        message_id = header_of(headers, "Nats-Msg-Id")
        done = threading.Event()
        threading.Thread(target=self.keep, args=(reply, done), daemon=True).start()
        for place, (task, result, late) in enumerate(tasks):
            result.update(worker=self.name, deliveries=deliveries_of(reply))
            self.answer(task, result, late, f"{message_id}#{place}#{self.name}" if message_id else "")
        done.set()
        self.nats.publish(reply, b"+ACK")

    def answer(self, task, result, late, result_id):
        result["started_at_ms"] = now_ms()
        try:
            if now_ms() >= late:
                raise Failed("the task's time was up before it was begun")
            if task.get("secrets"):
                raise Failed("this worker has no secrets")
            output = self.handler(task)
            json.dumps(output)
            result.update(outcome="completed", output=output)
        except Rejected as error:
            result.update(outcome="rejected", error={"title": str(error), "status": 422})
        except Failed as error:
            result.update(outcome="failed", error={"title": str(error), "status": 503})
        except Exception as error:  # whatever it was, nobody knows how far it came
            traceback.print_exc()
            result.update(outcome="unknown", error={"title": repr(error), "status": 500})
        result["finished_at_ms"] = now_ms()
        result_headers = {"Content-Type": "application/json", **({"Nats-Msg-Id": result_id} if result_id else {})}
        while self.nats.request(task["result"], json.dumps(result).encode(), result_headers) is None:
            time.sleep(0.25)

    def keep(self, reply, done):
        while not done.wait(IN_PROGRESS_EVERY_S):
            self.nats.publish(reply, b"+WPI")

    def announce(self):
        presence = {"worker": self.name, "tasks": [self.task_type], "concurrency": 1, "in_flight": 0, "breakers": {}}
        while True:
            self.nats.publish(f"skald.v1.worker.{self.task_type}", json.dumps(presence).encode(),
                              headers={"Content-Type": "application/json"})
            time.sleep(PRESENCE_EVERY_S)


def answer_to(task):
    """What a result brings back of its task, which says where to."""
    if not isinstance(task["result"], str):
        raise TypeError("the task does not say where its result goes")
    return {name: task[name] for name in ("run", "step", "key", "attempt", "token")}


def late_at(task):
    """When its time is up, which runs from now."""
    timeout, deadline = task.get("timeout_ms"), task.get("deadline_ms")
    return min(now_ms() + int(timeout) if timeout is not None else math.inf,
               int(deadline) if deadline is not None else math.inf)


def header_of(headers, name):
    for line in headers.split("\r\n"):
        if line.lower().startswith(name.lower() + ":"):
            return line.split(":", 1)[1].strip()
    return ""


def deliveries_of(reply):
    parts = reply.split(".")
    return int(parts[4] if len(parts) == 9 else parts[6])  # newer servers put domain and account in front


def now_ms():
    return int(time.time() * 1000)


def main():
    parser = argparse.ArgumentParser(description="A Skald worker that answers every task with its input.")
    parser.add_argument("--nats", default="nats://127.0.0.1:4222")
    parser.add_argument("--task", required=True)
    arguments = parser.parse_args()
    Worker(arguments.nats, arguments.task, lambda task: task["input"]).run()


if __name__ == "__main__":
    main()
