"""Between a vault and its PostgreSQL: lets a COMMIT through and loses the answer, as a network does."""

from __future__ import annotations

import selectors
import socket
import threading
from pathlib import Path

FILE = ".s.PGSQL.5432"


class Proxy:
    """Listens in a folder as a server does. Armed, the next connection that commits gets no answer and is cut."""

    def __init__(self, folder: Path, server: Path) -> None:
        folder.mkdir()
        self._server = server / FILE
        self.armed = False
        self.cut = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / FILE))
        self._listener.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, selectors.DefaultSelector() as ready:
            server.connect(str(self._server))
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            losing = False
            while True:
                for key, _ in ready.select():
                    try:
                        data = key.fileobj.recv(1 << 16)  # type: ignore[union-attr]
                        if not data:
                            return
                        if losing and key.fileobj is server:
                            if b"COMMIT\0" in data:
                                self.cut += 1  # it is done; nobody hears of it
                                return
                            continue
                        key.data.sendall(data)
                    except OSError:
                        return
                    if key.fileobj is client and self.armed and b"COMMIT" in data:
                        self.armed, losing = False, True
