#!/usr/bin/env python3
"""Reads block traces plainly, format by format, and holds what the library reads against it.

Shares nothing with the library: layouts are those of the programs that write them and of the
descriptions published with the traces. A request is (operation, first sector, sectors, time in ns
since the first record, volume, flags). Usage: reference.py PRINT_REQUESTS SAMPLE...
The format of a sample is the beginning of its name, or a part of it between dots."""
import csv
import gzip
import io
import json
import lzma
import os
import re
import struct
import subprocess
import sys
from datetime import datetime, timezone
from decimal import Decimal

SECTOR = 512


def ns(text, unit):
    return int(Decimal(text) * unit)


def sectors(offset, length):
    first = offset // SECTOR
    return first, -(-(offset + length) // SECTOR) - first


def by_rwbs(letters, count):
    flags = []
    if letters[0] == "F":
        if count == 0:
            return "flush", []
        flags.append("preflush")
        letters = letters[1:]
    op = {"R": "read", "W": "write", "D": "discard"}[letters[0]]
    if letters[:2] == "WZ":
        op = "write_zeroes"
    if "F" in letters[1:]:
        flags.append("fua")
    return op, flags


def blkparse(data, name):
    first, found, splits = None, [], {}
    for line in data.decode().splitlines():
        m = re.match(r"\s*(\d+,\d+)\s+\d+\s+\d+\s+([\d.]+)\s+(\d+)\s+([A-Zm])\b\s*(.*)", line)
        if not m or m[4] == "m":
            continue
        time = ns(m[2], 10**9)
        first = time if first is None else first
        words = m[5].split()
        if m[4] == "X" and words[2] == "/":
            splits[m[1], m[3]] = int(words[3])
        if m[4] != "Q" or not words or words[0].startswith("N"):
            continue
        ranged = len(words) > 3 and words[2] == "+"
        sector, count = (int(words[1]), int(words[3])) if ranged else (0, 0)
        op, flags = by_rwbs(words[0], count)
        if count == 0 and op != "flush":
            continue
        if splits.pop((m[1], m[3]), None) == sector and count:
            continue  # the rest of a split, queued again (before Linux 4.12)
        found.append((op, 0 if op == "flush" else sector, count, time, m[1], flags))
    return first, found


def blktrace(data, name):
    first, found, at, splits = None, [], 0, {}
    while at + 48 <= len(data):
        magic, = struct.unpack_from("<I", data, at)
        if magic == 0x65617407:
            _, _, time, sector, size, action, pid, dev, _, _, more = struct.unpack_from("<IIQQIIIIIHH", data, at)
            header = 48
        elif magic == 0x65617408 and at + 64 <= len(data):
            _, _, time, sector, size, pid, action, dev, _, _, more = struct.unpack_from("<IIQQIIQIIHH", data, at)
            header = 64
        else:
            break
        payload = data[at + header:at + header + more]
        at += header + more
        category = action >> 16
        if category & (1 << 10):
            continue
        first = time if first is None else first
        event = action & 0xFF
        if event == 13 and len(payload) >= 8:
            splits[dev, pid] = struct.unpack_from(">Q", payload, 8 if action & 0x100 else 0)[0]
        if event != 1 or category & (1 << 9):
            continue
        flags = ["preflush"] if category & (1 << 2) else []
        if category & (1 << 15):
            flags.append("fua")
        if size == 0 and not flags:
            continue
        count = -(-size // SECTOR)
        op = ("flush" if size == 0 else "discard" if category & (1 << 13) else
              "write_zeroes" if category & (1 << 22) else "write" if category & 2 else "read")
        if op == "flush":
            sector, flags = 0, []
        elif splits.pop((dev, pid), None) == sector:
            continue
        found.append((op, sector, count, time, f"{dev >> 20},{dev & 0xfffff}", flags))
    found.sort(key=lambda r: r[3])
    return first, found


def events(data, name):
    lines = []
    for line in data.decode().splitlines():
        m = re.search(r"\s(\d+\.\d+): (?:block:)?(block_\w+):\s+(\d+,\d+) (\w+) (.*)", line)
        if m:
            lines.append(m)
    kinds = [m[2] for m in lines]
    wanted = next((k for k in ("block_bio_queue", "block_rq_issue", "block_rq_complete") if k in kinds), None)
    found = []
    for m in lines:
        span = re.search(r"(\d+) \+ (\d+)", m[5])
        if m[2] != wanted or not span:
            continue
        count = int(span[2])
        if m[4][0] == "N":
            op, flags = "write_zeroes", []
        else:
            op, flags = by_rwbs(m[4], count)
        if count or op == "flush":
            found.append((op, int(span[1]) if count else 0, count, ns(m[1], 10**9), m[3], flags))
    return (ns(lines[0][1], 10**9) if lines else None), found


def biosnoop(data, name):
    lines = data.decode().splitlines()
    behind = len(lines[0].split()) - lines[0].split().index("DISK")
    found = []
    for line in lines[1:]:
        words = line.split()
        disk, letters, sector, size = words[-behind:][:4]
        op, flags = by_rwbs(letters, int(size))
        found.append((op, int(sector), int(size) // SECTOR, ns(words[0], 10**9), disk, flags))
    return found[0][3], found


def columns(unit, time, volume, op, offset, length, words, offset_unit=1, length_unit=1, header=False,
            delimiter=","):
    def read(data, name):
        first, found = None, []
        for number, line in enumerate(data.decode().splitlines()):
            f = [x.strip() for x in (line.split(delimiter) if delimiter else line.split())]
            if (header and number == 0) or len(f) < 4 or line == data.decode().splitlines()[0] and header:
                continue
            if f[op] not in words:
                continue
            at = ns(f[time], unit)
            first = at if first is None else first
            span = sectors(int(f[offset]) * offset_unit, int(f[length]) * length_unit)
            where = ",".join(f[v] for v in volume) if volume else name
            found.append((words[f[op]], *span, at, where, []))
        return first, found
    return read


READ_WRITE = {"R": "read", "W": "write", "r": "read", "w": "write", "Read": "read", "Write": "write"}
SCSI = {"28": "read", "2a": "write", "2A": "write", "88": "read", "8a": "write"}


def fiu(data, name):
    found = []
    for line in data.decode().splitlines():
        m = re.match(r"(\d+) \d+ .* (\d+) (\d+) ([RW]) (\d+) (\d+) \w+$", line)
        if m:
            found.append((READ_WRITE[m[4]], int(m[2]), int(m[3]), int(m[1]), f"{m[5]},{m[6]}", []))
    return found[0][3], found


def blkreplay(data, name):
    found = []
    for line in data.decode().splitlines():
        f = [x.strip() for x in line.split(";")]
        if len(f) >= 4 and re.fullmatch(r"[\d.]+", f[0]):
            found.append((READ_WRITE[f[3]], int(f[1]), int(f[2]), ns(f[0], 10**9), name, []))
    return found[0][3], found


def by_names(time, unit, volume, op, offset, length, in_sectors=False, flags=()):
    def read(data, name):
        found, first = [], None
        rows = list(csv.DictReader(io.StringIO(data.decode())))
        for row in rows:
            if row[op] in ("", op):
                continue
            at = ns(row[time], unit)
            first = at if first is None else first
            size = SECTOR if in_sectors else 1
            span = sectors(int(row[offset]) * size, int(row[length]) * size)
            found.append((row[op].lower(), *span, at, row[volume],
                          [word for column, word in flags if row[column] == "true"]))
        return first, found
    return read


def iotrace_json(data, name):
    found = []
    for line in data.decode().splitlines():
        record = json.loads(line)
        io_part = record.get("io")
        if not io_part:
            continue
        flags = [word for key, word in (("flush", "preflush"), ("fua", "fua")) if io_part.get(key)]
        op, count = io_part["operation"].lower(), int(io_part["len"])
        if count == 0:
            op, flags = "flush", []
        found.append((op, int(io_part["lba"]), count, int(record["header"]["timestamp"]),
                      record["device"]["name"], flags))
    return found[0][3], found


def fio(data, name):
    lines = data.decode().splitlines()
    version, now, first, found = int(lines[0].split()[2]), 0, 0, []
    if version == 3:
        first = int(lines[1].split()[0]) * 1000
    for line in lines[1:]:
        words = line.split()
        if version == 3:
            now = int(words.pop(0)) * 1000
        if words[1] == "wait":
            now = max(now, int(words[2]) * 10**6)
        op = {"read": "read", "write": "write", "trim": "discard", "sync": "flush", "datasync": "flush"}.get(words[1])
        if op == "flush":
            found.append((op, 0, 0, now, words[0], []))
        elif op:
            found.append((op, *sectors(int(words[2]), int(words[3])), now, words[0], []))
    return first, found


def etw(data, name):
    places, first, found = {}, None, []
    for line in data.decode().splitlines():
        f = [x.strip() for x in line.split(",")]
        if len(f) > 1 and f[1] == "TimeStamp":
            places[f[0]] = {title: i for i, title in enumerate(f)}
        elif f[0] in ("DiskRead", "DiskWrite", "DiskFlush"):
            at = places[f[0]]
            time = int(f[at["TimeStamp"]]) * 1000
            first = time if first is None else first
            span = (0, 0) if f[0] == "DiskFlush" else sectors(int(f[at["ByteOffset"]], 0), int(f[at["IOSize"]], 0))
            found.append((f[0][4:].lower(), *span, time, f[at["DiskNum"]], []))
    return first, found


def vscsi(data, name):
    found = []
    first_version = struct.unpack_from("<H", data, 2)[0] >> 8 == 2 and struct.unpack_from("<H", data, 0)[0] < 256
    size = 40 if first_version else 32
    for at in range(0, len(data) - size + 1, size):
        if size == 32:
            length, code = struct.unpack_from("<4xI4xH", data, at)
        else:
            code, length = struct.unpack_from("<H6xI", data, at)
        lbn, time = struct.unpack_from("<QQ", data, at + 16)
        found.append((SCSI[f"{code:02x}"], lbn, -(-length // SECTOR), time * 1000, name, []))
    return found[0][3], found


def generic_csv(data, name):
    found = []
    for row in csv.DictReader(io.StringIO(data.decode())):
        stamp = row["time"]
        if "T" in stamp:
            seconds, _, fraction = stamp.rstrip("Z").partition(".")
            whole = int(datetime.fromisoformat(seconds).replace(tzinfo=timezone.utc).timestamp())
            at = whole * 10**9 + ns("0." + (fraction or "0"), 10**9)
        else:
            at = ns(stamp, 10**9)
        found.append((READ_WRITE[row["op"]], *sectors(int(row["offset"], 0), int(row["length"], 0)), at,
                      row["device"], []))
    return found[0][3], found


CLOUDPHYSICS = columns(10**9, 1, None, 2, 4, 3, SCSI, offset_unit=SECTOR, header=True)
READERS = {
    "alibaba": columns(1000, 4, [0], 1, 2, 3, READ_WRITE),
    "biosnoop": biosnoop, "blkparse": blkparse, "blkreplay": blkreplay, "blktrace": blktrace,
    "cloudphysics": CLOUDPHYSICS, "csv": CLOUDPHYSICS, "csv-2": generic_csv, "csv-sample": generic_csv,
    "csv-gzip": CLOUDPHYSICS, "csv-xz": generic_csv,
    "disksim": columns(10**6, 0, [1], 4, 2, 3, {"0": "write", "1": "read"}, SECTOR, SECTOR, delimiter=None),
    "etw": etw, "events": events,
    "femu": columns(10**6, 0, [1], 4, 2, 3, {"0": "write", "1": "read"}, delimiter=None),
    "femu-2": columns(10**6, 0, [1], 4, 2, 3, {"0": "write", "1": "read"}),
    "fio": fio,
    "fio-latency": columns(10**6, 0, None, 2, 4, 3, {"0": "read", "1": "write", "2": "discard"}),
    "fiu": fiu,
    "iotrace": by_names("header.timestamp", 1, "device.name", "io.operation", "io.lba", "io.len", True,
                        (("io.flush", "preflush"), ("io.fua", "fua"))),
    "iotrace-json": iotrace_json,
    "mqsim": columns(1, 0, [1], 4, 2, 3, {"0": "write", "1": "read"}, SECTOR, SECTOR, delimiter=None),
    "msr": columns(100, 0, [1, 2], 3, 4, 5, READ_WRITE),
    "spc": columns(10**9, 4, [0], 3, 1, 2, READ_WRITE, offset_unit=SECTOR),
    "systor": columns(10**9, 0, [3], 2, 4, 5, READ_WRITE, header=True),
    "tencent": columns(10**9, 0, [4], 3, 1, 2, {"0": "read", "1": "write"}, SECTOR, SECTOR),
    "thesios": by_names("start_time", 10**9, "filename", "op_type", "file_offset", "request_io_size_bytes"),
    "vscsi": vscsi,
}


def reader_of(name):
    words = name.split(".")
    stem = next((word for word in words if word in READERS), words[0])
    return READERS[max((known for known in READERS if stem == known or stem.startswith(known + "-")), key=len)]


def text_of(first, requests):
    lines, now = [], 0
    for op, sector, count, time, volume, flags in requests:
        now = max(now, time - first)
        lines.append(" ".join([f"{op} {sector}+{count} at {now} of {volume}", *flags]))
    return lines


def main():
    program, samples = sys.argv[1], sys.argv[2:]
    wrong = 0
    total = 0
    for path in samples:
        with open(path, "rb") as file:
            data = file.read()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        elif data[:5] == b"\xfd7zXZ":
            data = lzma.decompress(data)
        elif data[:4] == b"\x28\xb5\x2f\xfd":
            continue  # no decoder in the language's library
        base = os.path.basename(path)
        must = text_of(*reader_of(base)(data, base))
        out = subprocess.run([program, path], capture_output=True, text=True, check=True).stdout.splitlines()
        total += len(must)
        if out[:-1] == must and must:
            continue
        wrong += 1
        at = next((i for i, (a, b) in enumerate(zip(out, must)) if a != b), min(len(out), len(must)))
        print(f"{path}: {len(out) - 1} requests, the reference has {len(must)}; at {at}: "
              f"{out[at] if at < len(out) else 'nothing'} | {must[at] if at < len(must) else 'nothing'}")
    print(f"{len(samples)} samples, {total} requests, {wrong} differ")
    sys.exit(1 if wrong or not total else 0)


if __name__ == "__main__":
    main()
