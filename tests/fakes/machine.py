"""A machine made of files: the kernel's trees and the system's programs, as a test wants them."""

from pathlib import Path

ROUTES = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT"


class Machine:
    """`root` holds proc and sys, `bin` the programs; `data` is the box's own folder."""

    def __init__(self, folder: Path) -> None:
        self.root, self.bin, self.data = folder / "root", folder / "bin", folder / "data"
        for directory in (self.root, self.bin, self.data):
            directory.mkdir(parents=True)

    def says(self, path: str, text: str) -> None:
        """Let a file of the kernel say something."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def runs(self, program: str, *lines: str) -> None:
        """Let a program of the system be a shell script."""
        file = self.bin / program
        file.write_text("\n".join(["#!/bin/sh", *lines, ""]))
        file.chmod(0o755)

    def routes(self, *rows: tuple[str, str, int]) -> None:
        """Set the IPv4 routes: interface, destination in hexadecimal, metric; flags up and gateway, mask by need."""
        lines = [
            f"{name}\t{where}\t0102A8C0\t0003\t0\t0\t{metric}\t{'0' * 8 if where == '0' * 8 else 'FFFFFF00'}\t0\t0\t0"
            for name, where, metric in rows
        ]
        self.says("proc/net/route", "\n".join([ROUTES, *lines, ""]))

    def interface(self, name: str, *, hardware: int, uevent: str = "") -> None:
        """Add a network interface of that ARP hardware type."""
        self.says(f"sys/class/net/{name}/type", f"{hardware}\n")
        self.says(f"sys/class/net/{name}/uevent", uevent)
