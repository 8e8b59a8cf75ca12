#!/usr/bin/env python3
"""Writes known requests as awkwardly as programs, shells and people do, and looks at what is read.

Nothing may be read as something else: a trace gives exactly the requests that were written, or it
is refused. What is certain must be read. Usage: awkward.py PRINT_REQUESTS [ROUNDS]"""
import gzip
import json
import lzma
import os
import random
import subprocess
import sys
import tempfile

WORDS = {"read": ("R", "Read", "read", "READ", "RS"), "write": ("W", "Write", "write", "WRITE", "WS")}


def requests(rng, volumes, step_ns):
    """Several seconds of requests whose times are whole steps."""
    kind = rng.choice(("small", "large", "mixed", "odd"))
    now, made = 0, []
    for _ in range(rng.randint(12, 40)):
        count = rng.choice({"small": (8, 16, 128), "large": (512, 1024, 2048), "mixed": (1, 8, 512, 1024),
                            "odd": (1, 3, 7, 9)}[kind])
        align = rng.choice((1, 8)) if kind in ("small", "odd") else count
        sector = rng.randrange(1, 1 << 21) // align * align
        made.append((rng.choice(("read", "write", "write")), sector, count, now, rng.choice(volumes)))
        now += rng.randrange(1, 400_000_000 // step_ns) * step_ns
    return made


def as_expected(made, name):
    return [f"{op} {sector}+{count} at {now} of {volume or name}" for op, sector, count, now, volume in made]


# A writer takes a random generator and gives text, requests, and whether there is one reading only.
def msr(rng):
    made = requests(rng, ["usr,0", "usr,1", "a b,0"], 100)
    header = "Timestamp,Hostname,DiskNumber,Type,Offset,Size,ResponseTime\n" if rng.random() < .5 else ""
    lines = [f"{128166372003061629 + now // 100},{volume},{op.title()},{s * 512},{n * 512},17"
             for op, s, n, now, volume in made]
    return header + "\n".join(lines) + "\n", made, True


def alibaba(rng):
    made = requests(rng, ["7", "9"], 1000)
    header = rng.choice(("", "device_id,opcode,offset,length,timestamp\n"))
    return header + "".join(f"{v},{op[0].upper()},{s * 512},{n * 512},{1577808144000000 + now // 1000}\n"
                            for op, s, n, now, v in made), made, True


def tencent(rng):
    made = requests(rng, ["1063"], 1_000_000)
    made = [(op, s, n, i * 10**9, v) for i, (op, s, n, _, v) in enumerate(made)]
    certain = any(s % 512 or n % 512 for _, s, n, _, _ in made)
    return "".join(f"{1538323199 + now // 10**9},{s},{n},{int(op == 'write')},{v}\n"
                   for op, s, n, now, v in made), made, certain


def systor(rng):
    made = requests(rng, ["0", "1"], 1000)
    return "Timestamp,Response,IOType,LUN,Offset,Size\n" + "".join(
        f"{1455592041 + now // 10**9}.{now % 10**9:09},,{op[0].upper()},{v},{s * 512},{n * 512}\n"
        for op, s, n, now, v in made), made, True


def spc(rng):
    made = requests(rng, ["0", "1", "2"], 1000)
    return "".join(f"{v},{s},{n * 512},{rng.choice((op[0], op[0].upper()))},{now / 1e9:.6f}\n"
                   for op, s, n, now, v in made), made, True


def five_numbers(rng):
    made = requests(rng, ["0", "1"], 1000)
    if rng.random() < .5:
        certain = any(s % 512 or n % 512 for _, s, n, _, _ in made)
        return "".join(f"{now / 1e6:.6f} {v} {s} {n} {int(op == 'read')}\n" for op, s, n, now, v in made), made, certain
    comma = rng.choice((" ", ","))
    certain = any(n >= 8 for _, _, n, _, _ in made)
    return "".join(comma.join((f"{now / 1e6:.6f}", v, str(s * 512), str(n * 512), str(int(op == "read")))) + "\n"
                   for op, s, n, now, v in made), made, certain


def mqsim(rng):
    made = requests(rng, ["0"], 1)
    certain = any(s % 512 or n % 512 for _, s, n, _, _ in made)
    return "".join(f"{now} {v} {s} {n} {int(op == 'read')}\n" for op, s, n, now, v in made), made, certain


def blkparse(rng):
    made = requests(rng, ["8,0", "253,11"], 1)
    event = rng.choice("QQDC")
    lines = []
    for i, (op, s, n, now, v) in enumerate(made):
        lines.append(f"{v:>7} {i % 4:4} {i + 1:8} {now // 10**9:5}.{now % 10**9:09} {4000 + i:5}  {event}  "
                     f"{rng.choice(WORDS[op][::4]):>3} {s} + {n} [{rng.choice(('fio', 'a b', '[x] + 8', '0'))}]")
    tail = rng.choice(("", "\n^C\n" if event == "?" else "", """
kjournald (697)
 Reads Queued:           0,        0KiB\t Writes Queued:           2,        8KiB

CPU0 (8,0):
 Reads Queued:           1,        4KiB\t Writes Queued:           2,        8KiB
 Read depth:             1        \t Write depth:             2

Throughput (R/W): 0KiB/s / 8KiB/s
Events (8,0): 9 entries
Skips: 0 forward (0 -   0.0%)
""", "Input file a.blktrace.0 added\nInput file a.blktrace.1 added\n"))
    return "\n".join(lines) + "\n" + tail, made, True


def events(rng):
    made = requests(rng, ["8,0", "253,1"], 1000)
    event = rng.choice(("block_bio_queue", "block_rq_issue"))
    perf = rng.random() < .5
    lines = ["# ========", "# captured on    : Sat", ""] if perf else ["cpus=2"]
    for op, s, n, now, v in made:
        stamp = 700_396_411_000 + now
        letters = rng.choice(WORDS[op][::4])
        span = f"{s} + {n}" if event == "block_bio_queue" else f"{n * 512} () {s} + {n} none,0,0"
        clock = f"{stamp // 10**9}.{stamp % 10**9 // 1000:06}"
        lines.append(f"  a [b] 4021 [001] {clock}: block:{event}: {v} {letters} {span} [a [b]]" if perf else
                     f"   fio-4021  [001] ..... {clock}: {event}:  {v} {letters} {span} [fio]")
    return "\n".join(lines) + "\n", made, True


def biosnoop(rng):
    made = requests(rng, ["sda", "nvme0n1"], 1000)
    queue = rng.random() < .5
    lines = ["TIME(s)     COMM           PID    DISK      T SECTOR     BYTES  " + ("QUE(ms) " if queue else "") + "LAT(ms)"]
    for op, s, n, now, v in made:
        lines.append(f"{now / 1e9:<11.6f} {rng.choice(('fio', 'Web Content', '?')):14} 4021   {v:9} {op[0].upper()} "
                     f"{s:<10} {n * 512:<7} " + ("0.01 " if queue else "") + "0.43")
    return "\n".join(lines) + "\n", made, True


def blkreplay(rng):
    made = requests(rng, [""], 1)
    return "INFO: action_char=Q\nstart ; sector; length ; op ;  replay_delay=0 ; replay_duration=0\n" + "".join(
        f"{now // 10**9:4}.{now % 10**9:09} ; {s:10} ; {n:3} ; {op[0].upper()} ; 0.0 ; 0.0\n"
        for op, s, n, now, _ in made), made, True


def iotrace(rng):
    made = requests(rng, ["nvme0n1", "sda"], 1)
    if rng.random() < .5:
        return "\n".join(json.dumps({
            "header": {"sid": str(i), "timestamp": str(33 * 10**9 + now)},
            "io": {"lba": str(s), "len": n, "ioClass": 1, "operation": op.title(), "flush": False, "fua": False},
            "device": {"id": "27", "name": v}}) for i, (op, s, n, now, v) in enumerate(made)) + "\n", made, True
    names = ["device.id", "device.name", "header.timestamp", "io.flush", "io.fua", "io.lba", "io.len", "io.operation", "io.qd"]
    rng.shuffle(names)
    rows = [",".join(names)]
    for op, s, n, now, v in made:
        row = {"device.id": 27, "device.name": v, "header.timestamp": 33 * 10**9 + now, "io.flush": "false",
               "io.fua": "false", "io.lba": s, "io.len": n, "io.operation": op.title(), "io.qd": 1}
        rows.append(",".join(str(row[name]) for name in names))
    return "\n".join(rows) + "\n", made, True


def fio(rng):
    made = requests(rng, ["/dev/sdb", "/dev/sdc"], 1000)
    lines = ["fio version 3 iolog", "0 /dev/sdb add", "0 /dev/sdc add"]
    lines += [f"{now // 1000} {v} {op} {s * 512} {n * 512}" for op, s, n, now, v in made]
    return "\n".join(lines) + "\n", made, True


def with_header(rng):
    """Columns in any order, named as people name them; the units may be said, or not."""
    step, unit_names = rng.choice(((10**6, ("time_ms", "Time (ms)", "ts_msec", "timestamp", "Time")),
                                   (1000, ("time_us", "StartTimeUs", "arrival_time_us", "timestamp", "time (usec)")),
                                   (1, ("time_ns", "Timestamp [ns]", "time"))))
    made = requests(rng, ["v0", "vol,1"], step)
    unit, size_names = rng.choice((
        (1, (("offset_bytes", "size_bytes"), ("Offset", "Size"), ("byteOffset", "sizeInBytes"), ("offset", "bytes"),
             ("Address", "Length"), ("Offset (B)", "Size (bytes)"))),
        (512, (("offset_sectors", "length_sectors"), ("Offset", "Size"), ("sector", "nr_sectors"), ("lba", "len"),
               ("offset", "sectors"), ("LBA (512B)", "Size (512B)"), ("Block", "Count"), ("address", "length"))),
        (1024, (("offset_kib", "size_kib"), ("Offset (KB)", "Size (KB)"), ("offset", "size"), ("Offset", "Length (K)"))),
        (4096, (("lba", "count"), ("offset_4096", "length_4096"), ("offset", "size")))))
    made = [(op, s * unit // 512 // max(unit // 512, 1) * max(unit // 512, 1), n * max(unit // 512, 1), now, v)
            for op, s, n, now, v in made]
    offset, length = rng.choice(size_names)
    read, write = rng.choice((("R", "W"), ("Read", "Write"), ("0", "1"), ("1", "0"), ("28", "2a"), ("READ", "WRITE")))
    names = [rng.choice(unit_names), rng.choice(("op", "Type", "R/W", "opcode", "IO Type")), offset, length,
             rng.choice(("device", "volume", "Disk Id"))]
    order = list(range(5))
    rng.shuffle(order)
    comma = rng.choice((",", ",", ";", "\t"))
    rows = [comma.join(names[i] for i in order)]
    for op, s, n, now, v in made:
        fields = [str(now // step), read if op == "read" else write, str(s * 512 // unit), str(n * 512 // unit),
                  f'"{v}"' if comma in v else v]
        rows.append(comma.join(fields[i] for i in order))
    return "\n".join(rows) + "\n", made, False


FORMATS = (msr, alibaba, tencent, systor, spc, five_numbers, mqsim, blkparse, events, biosnoop, blkreplay, iotrace, fio,
           with_header, with_header, with_header, with_header)


def wrapped(rng, text):
    """As it arrives: other ends of lines, marks, compression, no last end of line."""
    if rng.random() < .3:
        text = text.replace("\n", "\r\n")
    if rng.random() < .3:
        text = text.rstrip("\r\n")
    data = text.encode(rng.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16")))
    pack = rng.choice((None, None, gzip.compress, lzma.compress))
    return pack(data) if pack else data


def main():
    program, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 400
    rng = random.Random(4711)
    counts = {"read": 0, "refused": 0}
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        reader = subprocess.Popen([program, "--each"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number in range(rounds):
            write = FORMATS[number % len(FORMATS)]
            text, made, certain = write(rng)
            path = os.path.join(folder, f"{number}")
            with open(path, "wb") as file:
                file.write(wrapped(rng, text))
            reader.stdin.write(path + "\n")
            reader.stdin.flush()
            lines = []
            while not lines or not lines[-1].startswith(("= ", "refused: ")):
                lines.append(reader.stdout.readline().rstrip("\n"))
            refused = lines[-1].startswith("refused: ")
            counts["refused" if refused else "read"] += 1
            if refused and not certain or not refused and lines[:-1] == as_expected(made, str(number)) and \
                    lines[-1].endswith(" 0"):
                continue
            wrong += 1
            print(f"{write.__name__} {number}: {lines[-1]}\n{text[:300]}\n  read:    {lines[:2]}\n"
                  f"  written: {as_expected(made, str(number))[:2]}")
        reader.stdin.close()
        reader.wait()
    print(f"{rounds} traces: {counts['read']} read, {counts['refused']} refused, {wrong} wrong")
    sys.exit(1 if wrong or not counts["read"] or not counts["refused"] or reader.returncode else 0)


if __name__ == "__main__":
    main()
