"""Every call that the sandbox refuses, made for real: `refused_calls.py FOLDER` prints what became of it.

Each is made twice: with the audit hook's lists as they are, and without the row of its event.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from catalogues import without

from glassgrad.check.sandbox import audit


def calls(folder):
    """An event, and a call that raises it; what it needs is made before."""
    file, other = folder / "file", folder / "other"

    def fresh():
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "empty").mkdir(parents=True)
        file.write_text("x")

    def child(start):
        if (pid := start()) == 0:
            os._exit(0)
        os.waitpid(pid, 0)

    def executed():
        os.execv("/nowhere", ["x"])  # only one that fails comes back

    def udp(do):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            do(s)

    true = shutil.which("true")
    return fresh, {
        "os.remove": lambda: file.unlink(),
        "os.rename": lambda: file.rename(other),
        "os.rmdir": lambda: (folder / "empty").rmdir(),
        "os.mkdir": lambda: (folder / "new").mkdir(),
        "os.truncate": lambda: os.truncate(file, 0),
        "os.link": lambda: other.hardlink_to(file),
        "os.symlink": lambda: other.symlink_to(file),
        "shutil.rmtree": lambda: shutil.rmtree(folder / "nowhere"),
        "shutil.move": lambda: shutil.move(folder / "nowhere", other),
        "os.chmod": lambda: file.chmod(0o600),
        "os.chown": lambda: os.chown(file, os.getuid(), os.getgid()),
        "subprocess.Popen": lambda: subprocess.run([true], close_fds=True),
        "os.system": lambda: os.system("true"),
        "os.fork": lambda: child(os.fork),
        "os.forkpty": lambda: child(lambda: os.forkpty()[0]),
        "os.posix_spawn": lambda: os.waitpid(os.posix_spawn(true, [true], {}), 0),
        "os.exec": executed,
        "socket.connect": lambda: udp(lambda s: s.connect(("127.0.0.1", 9))),
        "socket.bind": lambda: udp(lambda s: s.bind(("127.0.0.1", 0))),
        "socket.getaddrinfo": lambda: socket.getaddrinfo("127.0.0.1", 9),
    }


def outcome(call):
    try:
        call()
    except PermissionError as error:
        return "refused" if "a check runs without" in str(error) else f"PermissionError: {error}"
    except OSError:
        pass  # the call went through to the system, which had its own reasons
    return "let through"


def main():
    fresh, made = calls(Path(sys.argv[1]) / "student")
    audit.forbid(Path(__file__).parent, Path(sys.argv[1]) / "scratch")
    asked_by, found = audit._asked_by, {}
    for event, call in made.items():
        audit._asked_by = lambda *_: False  # what the call needs is made freely
        fresh()
        audit._asked_by = asked_by
        first = outcome(call)
        where = next(n for n in ("_FILES", "_PROCESSES", "_NETWORK") if event in getattr(audit, n))
        whole = getattr(audit, where)
        setattr(audit, where, without(whole, event))
        found[event] = [first, outcome(call)]
        setattr(audit, where, whole)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
