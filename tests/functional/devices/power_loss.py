#!/usr/bin/env python3
"""Runs a command whose writes libpower_log.so notes, makes the states that a loss of power may
leave of them, and judges each.

    power_loss.py [OPTION]... JUDGE OUTPUT -- COMMAND...

All files are in the folder disk/, but for devices. JUDGE is
  whole     what OUTPUT holds is refused, or what it was, or what it is after the command
  repaired  OUTPUT has the leaks that it had, or none; its mappings are the same
  shrunk    OUTPUT as for "whole"; every volume keeps its contents, by the old metadata and by what
            the command, run again, makes of the state

power_states.py has the model of the disks.
"""
import argparse
import hashlib
import os
import random
import struct
import subprocess
import sys
import xml.etree.ElementTree

from power_states import (BLOCK, SECTOR, Disks, fail, put, read_file, read_log, states_of,
                          units_of)


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300,
                          stdin=subprocess.DEVNULL, check=False, **options)
    if done.returncode not in (0, 1):
        fail(f"status {done.returncode} of {' '.join(command)}: {done.stderr}")
    return done


def crc32c_table():
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        yield byte


TABLE = tuple(crc32c_table())


def kernel_knows(metadata):
    """Whether Linux finds a superblock."""
    total = 0xFFFFFFFF
    for byte in metadata[4:BLOCK]:
        total = TABLE[(total ^ byte) & 0xFF] ^ total >> 8
    stored, _, location = struct.unpack_from("<IIQ", metadata)
    return (stored == total ^ 160774 and location == 0 and
            struct.unpack_from("<Q", metadata, 32)[0] == 27022010)


class Judge:
    checkers = [["thin_check"]]

    def __init__(self, options, before, after):
        self.options = options
        self.output = options.output
        self.before, self.after = before, after
        self.verdicts = {}
        self.counts = {}
        changes = (self.output, options.data, options.journal)
        self.inputs = {name: before[name] for name in before if name not in changes}
        for name, contents in self.inputs.items():
            if after.get(name) != contents:
                fail(f"{name} was changed by an undisturbed run")
        self.prepare()

    def remembered(self, what, key, find):
        key = (what, hashlib.sha256(key).digest())
        if key not in self.verdicts:
            self.verdicts[key] = find()
        return self.verdicts[key]

    def checks(self, metadata):
        """What each thin_check says."""
        def find():
            with open("looked-at", "wb") as file:
                file.write(metadata)
            done = [run(checker + ["looked-at"]) for checker in self.checkers]
            return [(d.returncode, d.stdout, d.stderr) for d in done]
        return self.remembered("checks", metadata, find)

    def dump(self, metadata):
        def find():
            with open("looked-at", "wb") as file:
                file.write(metadata)
            done = run(["thin_dump", "looked-at"])
            if done.returncode != 0:
                fail("thin_dump of what thin_check accepts: " + done.stderr)
            return done.stdout
        return self.remembered("dump", metadata, find)

    def prepare(self):
        self.old = self.kind_of(self.before.get(self.output))
        self.new = self.kind_of(self.after[self.output])
        if self.new in ("refused", "absent"):
            fail("an undisturbed run: its output is " + self.new)

    def kind_of(self, contents):
        """absent, refused, or the dump."""
        if contents is None:
            return "absent"
        if self.options.text:
            return contents.decode(errors="replace")
        known = kernel_knows(contents)
        if any((status == 0) != known for status, _, _ in self.checks(contents)):
            fail(f"{'a' if known else 'no'} superblock, and checked: {self.checks(contents)}")
        return self.dump(contents) if known else "refused"

    def judge(self, state):
        for name, contents in self.inputs.items():
            if state.get(name) != contents:
                fail(f"{name} was harmed")
        kind = self.kind_of(state.get(self.output))
        if kind == self.new:
            self.count("new")
        elif kind == self.old:
            self.count("old")
        elif kind == "refused":
            self.count("refused")
        else:
            fail("the output is neither refused, nor what it was, nor what it is to be")
        return kind

    def count(self, kind):
        self.counts[kind] = self.counts.get(kind, 0) + 1


class Repaired(Judge):
    def prepare(self):
        self.old = self.checks(self.before[self.output])
        self.new = self.checks(self.after[self.output])
        if any(status != 0 for status, _, _ in self.new):
            fail("not repaired by an undisturbed run")
        self.mappings = self.mappings_of(self.before[self.output])

    def mappings_of(self, metadata):
        root = xml.etree.ElementTree.fromstring(self.dump(metadata))
        root.set("flags", "")
        return xml.etree.ElementTree.tostring(root)

    def judge(self, state):
        metadata = state[self.output]
        found = self.checks(metadata)
        if found not in (self.old, self.new):
            fail(f"neither the old leaks nor none: {found}")
        if not kernel_knows(metadata) or self.mappings_of(metadata) != self.mappings:
            fail("other mappings")
        self.count("new" if found == self.new else "old")

        def again():
            with open("looked-at", "wb") as file:
                file.write(metadata)
            done = run([*self.options.command[:-1], "looked-at"])
            return done.returncode == 0 and self.checks(read_file("looked-at")) == self.new
        if not self.remembered("again", metadata, again):
            fail("a second run does not repair it")


class Shrunk(Judge):
    disks = None

    def prepare(self):
        super().prepare()
        self.input = os.path.abspath(self.options.input)
        given = self.before[self.input]
        self.old_pool = given.decode() if self.options.text else self.dump(given)
        self.contents = self.volumes(self.old_pool, self.before)
        if self.volumes(self.new, self.after) != self.contents:
            fail("an undisturbed run: other contents")
        self.extracted = self.extract(self.old_pool, self.before)

    def volumes(self, dump, state):
        """The contents of each volume."""
        data = state[self.options.data]
        root = xml.etree.ElementTree.fromstring(dump)
        size = int(root.get("data_block_size")) * SECTOR
        found = {}
        for device in root:
            blocks = found.setdefault(device.get("dev_id"), {})
            for part in device:
                first = part.get("origin_begin") or part.get("origin_block")
                at = part.get("data_begin") or part.get("data_block")
                for i in range(int(part.get("length") or 1)):
                    begin = (int(at) + i) * size
                    blocks[int(first) + i] = hashlib.sha256(data[begin:begin + size]).digest()
        return found

    def extract(self, dump, state):
        def find():
            with open("looked-at.xml", "w", encoding="utf-8") as file:
                file.write(dump)
            with open("looked-at", "wb") as file:
                file.truncate(1 << 20)
            with open("looked-at.data", "wb") as file:
                file.write(state[self.options.data])
            found = {}
            for command in [["thin_restore", "-q", "-i", "looked-at.xml", "-o", "looked-at"]] + [
                    ["thin_extract", "-q", "--metadata-dev", "looked-at", "--data-dev",
                     "looked-at.data", "--dev-id", device, "-o", "volume-" + device]
                    for device in self.contents]:
                if run(command).returncode != 0:
                    fail("cannot be extracted: " + " ".join(command))
            for device in self.contents:
                found[device] = hashlib.sha256(read_file("volume-" + device)).digest()
                os.unlink("volume-" + device)
            return found
        return self.remembered("extract", dump.encode() + state[self.options.data], find)

    def expect_contents(self, dump, state, what):
        if self.volumes(dump, state) != self.contents:
            fail("other contents by " + what)

    def judge(self, state):
        if super().judge(state) == self.new:
            self.expect_contents(self.new, state, "the new metadata")
        self.expect_contents(self.old_pool, state, "the old metadata")
        put(state, self.disks)
        done = run(self.options.command)
        after = {name: read_file(name) for name in self.disks.present()}
        if after[self.input] != self.before[self.input]:
            fail("the second run changed its input")
        self.expect_contents(self.old_pool, after, "the old metadata, after a second run")
        if done.returncode != 0:
            fail("the second run: " + done.stderr)
        if self.options.journal in state:
            self.count("resumed with a journal")
        if self.kind_of(after[self.output]) != self.new:
            fail("the second run: another output")
        if self.options.journal in after:
            fail("the second run left the journal")
        self.expect_contents(self.new, after, "the new metadata, after a second run")
        if self.extract(self.new, after) != self.extracted:
            fail("thin_extract gives other contents after a second run")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", action="append", default=[], help="a block device")
    parser.add_argument("--states", type=int, default=30, help="of a moment, about")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--text", action="store_true", help="OUTPUT is XML")
    parser.add_argument("--input", help="of the shrink")
    parser.add_argument("--data", type=os.path.abspath, help="of the shrink")
    parser.add_argument("--journal", type=os.path.abspath, help="of the shrink")
    parser.add_argument("--other-check", action="append", default=[], help="another thin_check")
    parser.add_argument("--seen", default="old,new", help="what there must be among the states")
    parser.add_argument("--no-syncs", action="store_true",
                        help="as if the command had synced nothing: a judge that sees must find it")
    parser.add_argument("judge", choices=("whole", "repaired", "shrunk"))
    parser.add_argument("output", type=os.path.abspath)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()

    Judge.checkers = [["thin_check"]] + [[name] for name in options.other_check]
    disks = Disks(options.device)
    before = disks.state({}, False)
    if os.path.exists("log"):
        os.unlink("log")
    done = run(options.command,
               env={**os.environ, "LD_PRELOAD": os.environ["POWER_RECORDER"], "POWER_LOG": "log"})
    if done.returncode != 0:
        fail("an undisturbed run: " + done.stderr)
    after = {name: read_file(name) for name in disks.present()}
    log = list(read_log("log"))
    if options.no_syncs:
        log = [entry for entry in log if entry[0][0] not in "BE"]
    judge = {"whole": Judge, "repaired": Repaired, "shrunk": Shrunk}[options.judge](
        options, before, after)
    judge.disks = disks

    dice = random.Random(options.seed)
    seen, nr_moments = set(), 0
    for _ in disks.moments(log):
        nr_moments += 1
        for state, what in states_of(disks, options.states, seen, dice):
            try:
                judge.judge(state)
            except SystemExit as failure:
                sys.exit(f"{failure}\n  moment {nr_moments}: {what}\n  seed {options.seed}; "
                         f"{' '.join(options.command)}")
    everything = {n: units_of(change) for n, change in enumerate(disks.pending)}
    if disks.state(everything, False) != after:
        fail("what was noted does not make what is there: a call is not noted")
    print(f"{len(seen)} states at {nr_moments} moments:", judge.counts)
    for kind in options.seen.split(","):
        if kind not in judge.counts:
            fail(f"no state is {kind}")


main()
