"""Processes that write to one store, all at once or until they are killed: `writers.py MODE COUNT PATH`.

A script, so that its children can be forked off a process that has nothing else in it.
"""

import os
import random
import signal
import struct
import sys
import time
from pathlib import Path

from glassgrad.runs import Store, environment


def together(path, worker, steps=100):
    """Open a store that may not exist yet; write a run of one's own, and begin one that all share."""
    with Store(path) as store:
        run = store.begin({"worker": worker})
        store.begin({"shared": True})
        for step in range(steps):
            store.log(run, step, {"value": worker * 1000 + step})
        store.finish(run, {"worker": worker})


def endless(path, acknowledged, victim):
    """Write runs of ten steps until killed; tell the parent after each call that returned."""
    with Store(path) as store:
        for number in range(1_000_000):
            run = store.begin({"victim": victim, "number": number})
            for step in range(10):
                store.log(run, step, {"a": step, "b": victim})
                os.write(acknowledged, struct.pack("qqq", victim, number, step))
            store.keep(run, "bytes", bytes(5000))
            store.finish(run, {"number": number})
            os.write(acknowledged, struct.pack("qqq", victim, number, -1))


def fork(work, *arguments):
    if pid := os.fork():
        return pid
    code = 1
    try:
        work(*arguments)
        code = 0
    finally:
        os._exit(code)


def kill(path, victim, rng):
    """Kill a writer somewhere, and give what it was promised."""
    reading, writing = os.pipe()
    pid = fork(endless, path, writing, victim)
    os.close(writing)
    first = os.read(reading, 24)  # it is at work
    time.sleep(rng.uniform(0, 0.03))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    promised = first + b"".join(iter(lambda: os.read(reading, 1 << 16), b""))
    os.close(reading)
    return list(struct.iter_unpack("qqq", promised[: len(promised) // 24 * 24]))


def look(path, promised):
    """Everything promised is there, and whole; gives how many runs were cut off so far."""
    with Store(path) as store:
        store.check()
        for victim, number, step in promised:
            entry = store.find({"victim": victim, "number": number})
            if step == -1:
                assert (entry.status, entry.result) == ("done", {"number": number})
                assert store.artefact(store.artefacts(entry.id)[0].id) == bytes(5000)
            else:
                assert dict(store.metrics(entry.id)["a"])[step] == step
                assert dict(store.metrics(entry.id)["b"])[step] == victim
        entries = store.entries()
        assert len({e.id for e in entries}) == len(entries)
        return sum(e.status == "running" for e in entries)


def main(mode, count, path):
    if mode == "together":
        children = [fork(together, path, worker) for worker in range(count)]
        codes = [os.waitpid(pid, 0)[1] for pid in children]
        assert codes == [0] * count, codes
        return
    rng, promised, cut = random.Random(0), 0, 0
    for victim in range(count):
        now = kill(path, victim, rng)
        cut = look(path, now)
        promised += len(now)
    print(promised, cut)


if __name__ == "__main__":
    environment.commit = lambda: (
        None
    )  # asking git takes longer than all writing: kills would only hit that
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
