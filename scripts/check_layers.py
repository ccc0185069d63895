"""Holds the arrows between folders: host -> io, kernels; inside a layer no circle of folders.

    scripts/check_layers.py        prints what breaks them and exits with 1; else prints the floors of each layer

A folder points to another where a file of it includes a header of that other. A layer's own files (kernels/device.hpp)
are the floor `kernels/` by their headers; a source file may include any folder of its layer: nothing includes it.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BELOW = {"host": {"io", "kernels"}, "io": set(), "kernels": set()}
INCLUDE = re.compile(r'^\s*#\s*include "((?:host|io|kernels)/[^"]+)"', re.MULTILINE)


def folder_of(path):
    """host/cluster of host/cluster/mpi/ranks.cpp: a folder inside a room is part of the room."""
    return "/".join(pathlib.PurePosixPath(path).parent.parts[:2])


def arrows():
    """{folder: {other folder: one include that makes the arrow}}"""
    found = {}
    for layer in BELOW:
        for file in sorted((ROOT / layer).rglob("*")):
            if file.suffix not in (".hpp", ".cpp", ".cu", ".cuh"):
                continue
            name = file.relative_to(ROOT).as_posix()
            if folder_of(name) == layer and file.suffix == ".cpp":
                continue
            for header in INCLUDE.findall(file.read_text()):
                if folder_of(header) != folder_of(name):
                    found.setdefault(folder_of(name), {}).setdefault(folder_of(header), f"{name} includes {header}")
    return found


def main():
    found = arrows()
    faults = []
    for folder, others in found.items():
        layer = folder.split("/")[0]
        for other, why in others.items():
            if other.split("/")[0] not in BELOW[layer] | {layer}:
                faults.append(f"{why}: {layer} may not know {other.split('/')[0]}")
    for layer in BELOW:
        inside = {folder for folder in found if folder.split("/")[0] == layer}
        inside |= {other for others in found.values() for other in others if other.split("/")[0] == layer}
        floor = 0
        while inside:  # take away, floor by floor, what points to nothing that is left
            free = {folder for folder in inside if not (set(found.get(folder, {})) & inside)}
            if not free:
                for folder in sorted(inside):
                    faults += [why for other, why in sorted(found[folder].items()) if other in inside]
                faults.append(f"{layer}: a circle among {', '.join(sorted(inside))}")
                break
            print(f"{layer} floor {floor}: {' '.join(sorted(free))}")
            inside -= free
            floor += 1
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


sys.exit(main())
