"""The states that a loss of power may leave, of what libpower_log.so noted.

What is durable: of a file, what was done before a sync of it began that was completed; of names,
the same with a sync of their folder. Of all else any part may be there, by sectors of 512 bytes. A
file that grows may have its size without its bytes.
"""
import hashlib
import os
import sys

SECTOR = 512
BLOCK = 4096


def fail(what):
    sys.exit("FAILED: " + what)


def read_log(name):
    with open(name, "rb") as log:
        while line := log.readline():
            kind, rest = line.decode().rstrip("\n").split(" ", 1)
            words = [kind, *rest.split(*{"C": (" ", 1), "R": ("\t",), "L": ("\t",),
                                         "U": ("\t",)}.get(kind, ()))]
            payload = log.read(int(words[3])) if words[0] == "W" else b""
            yield words, payload


class Change:
    """Of a file's bytes: data at an offset, or another size."""

    def __init__(self, file, offset, data=None, size=None):
        self.file, self.offset, self.data, self.size = file, offset, data, size

    def units(self):
        """Parts that get to the disk or not, as (begin, end) within data."""
        if self.data is None:
            return [(0, 0)]
        length = len(self.data)
        step = max(BLOCK, -(-length // 16 // BLOCK) * BLOCK)
        cuts = [0] + [c for c in range(step - self.offset % SECTOR, length, step)] + [length]
        return list(zip(cuts, cuts[1:]))

    def apply(self, to, begin, end):
        if self.data is None:
            del to[self.size:]
            to.extend(bytes(self.size - len(to)))
            return
        at = self.offset + begin
        to.extend(bytes(max(0, at - len(to))))
        to[at:at + end - begin] = self.data[begin:end]


class Renaming:
    """Of names: one appears, one goes."""

    def __init__(self, file, appears, goes):
        self.file, self.appears, self.goes = file, appears, goes

    def folder(self):
        info = os.stat(os.path.dirname(self.appears or self.goes))
        return f"{info.st_dev}:{info.st_ino}"

    def apply(self, names):
        if self.goes:
            names.pop(self.goes, None)
        if self.appears:
            names[self.appears] = self.file


def identify(name):
    info = os.stat(name)
    return f"rdev:{info.st_rdev}" if info.st_rdev else f"{info.st_dev}:{info.st_ino}"


def read_file(name):
    with open(name, "rb") as file:
        return file.read()


class Disks:
    def __init__(self, devices):
        self.devices = devices
        self.names = {}   # durable
        self.bytes = {}   # durable, by file
        self.pending = []  # changes and renamings, in their order
        for name in self.present():
            file = identify(name)
            self.names[name] = file
            self.bytes[file] = read_file(name)

    def present(self):
        for folder, _, files in os.walk(os.path.abspath("disk")):
            for name in files:
                yield os.path.join(folder, name)
        yield from self.devices

    def moments(self, log):
        """Plays the log; stops where most is in doubt: before a sync is done, and at the end."""
        live = dict(self.names)
        began = {}
        for words, payload in log:
            kind, rest = words[0], words[1:]
            if kind == "W":
                self.pending.append(Change(rest[0], int(rest[1]), payload))
            elif kind == "Z":
                self.pending.append(Change(rest[0], int(rest[1]), bytes(int(rest[2]))))
            elif kind == "T":
                self.pending.append(Change(rest[0], 0, size=int(rest[1])))
            elif kind in "CRLU":
                self.pending.append(self.naming(kind, rest, live))
            elif kind == "B":
                began[rest[0]] = (rest[1], list(self.pending))
            elif kind == "E":
                file, before = began.pop(rest[0])
                yield
                self.make_durable(file, before)
            else:
                fail(f"a call without a model: {' '.join(words)}")
        yield

    def naming(self, kind, rest, live):
        if kind == "C":
            change = Renaming(rest[0], os.path.abspath(rest[1]), None)
            self.bytes[rest[0]] = b""
        else:
            source = os.path.abspath(rest[0])
            target = os.path.abspath(rest[1]) if kind in "RL" else None
            change = Renaming(live[source], target, None if kind == "L" else source)
        change.apply(live)
        return change

    def make_durable(self, file, before):
        early = {id(change) for change in before}
        rest, contents = [], None
        for change in self.pending:
            if id(change) not in early:
                rest.append(change)
            elif isinstance(change, Renaming) and change.folder() == file:
                change.apply(self.names)
            elif isinstance(change, Change) and change.file == file:
                if contents is None:
                    contents = bytearray(self.bytes[file])
                change.apply(contents, 0, len(change.data or b""))
            else:
                rest.append(change)
        if contents is not None:
            self.bytes[file] = bytes(contents)
        self.pending = rest

    def state(self, kept, keep_size):
        """NAME: bytes, where of each pending change the parts `kept` got to the disk."""
        names, contents = dict(self.names), {}
        for number, change in enumerate(self.pending):
            parts = kept.get(number, [])
            if isinstance(change, Renaming):
                if parts:
                    change.apply(names)
                continue
            if change.file not in contents:
                contents[change.file] = bytearray(self.bytes[change.file])
            to = contents[change.file]
            for begin, end in parts:
                change.apply(to, begin, end)
            if keep_size and change.data is not None:
                to.extend(bytes(max(0, change.offset + len(change.data) - len(to))))
        return {name: bytes(contents.get(file, self.bytes[file])) for name, file in names.items()}


def units_of(change):
    return [(0, 0)] if isinstance(change, Renaming) else change.units()


def halves(change):
    """The first half, torn at a sector, and the rest."""
    length = 0 if isinstance(change, Renaming) else len(change.data or b"")
    cut = (change.offset + length // 2) // SECTOR * SECTOR - change.offset if length else 0
    if cut <= 0:
        return []
    return [[(0, cut)], [(cut, length)]]


def systematic(pending):
    whole = {n: units_of(change) for n, change in enumerate(pending)}
    yield {}
    yield whole
    for n in whole:
        yield {n: whole[n]}
        yield {m: u for m, u in whole.items() if m != n}
        yield {m: u for m, u in whole.items() if m <= n}
        for half in halves(pending[n]):
            yield {n: half}
            yield {**whole, n: half}
            yield {**{m: u for m, u in whole.items() if m < n}, n: half}
    for n, units in whole.items():
        for unit in units if len(units) > 1 else []:
            yield {n: [unit]}
            yield {**whole, n: [u for u in units if u != unit]}


def at_random(pending, dice):
    share = dice.choice((0.1, 0.5, 0.9))
    kept = {}
    for n, change in enumerate(pending):
        parts = []
        for begin, end in units_of(change):
            if dice.random() < share:
                parts.append((begin, end))
            elif end - begin > SECTOR and dice.random() < 0.3:
                first = SECTOR - (change.offset + begin) % SECTOR
                sectors = [begin] + list(range(begin + first, end, SECTOR)) + [end]
                parts += [s for s in zip(sectors, sectors[1:]) if dice.random() < 0.5]
        if parts:
            kept[n] = parts
    return kept


def key_of(state):
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(name.encode() + b"\0" + hashlib.sha256(state[name]).digest())
    return digest.digest()


def states_of(disks, per_moment, seen, dice):
    """Those of this moment that are new, each with a word on it."""
    wanted = list(systematic(disks.pending))
    if len(wanted) > per_moment:
        wanted = wanted[:2] + sorted(dice.sample(wanted[2:], per_moment - 2), key=wanted.index)
    choices = [(kept, keep_size) for kept in wanted for keep_size in (False, True)]
    choices += [(at_random(disks.pending, dice), dice.random() < 0.5)
                for _ in range(per_moment // 2 if disks.pending else 0)]
    for kept, keep_size in choices:
        state = disks.state(kept, keep_size)
        key = key_of(state)
        if key not in seen:
            seen.add(key)
            yield state, f"{len(disks.pending)} pending, kept {kept}, sizes {keep_size}"


def put(state, disks):
    for name in list(disks.present()):
        if name not in disks.devices and name not in state:
            os.unlink(name)
    for name, contents in state.items():
        if os.path.exists(name) and read_file(name) == contents:
            continue
        with open(name, "r+b" if name in disks.devices else "wb") as file:
            file.write(contents)
            file.flush()
            os.fsync(file.fileno())
