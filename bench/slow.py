"""A network between a vault and its witness: every answer comes so much later.

`python -m bench.slow PORT TO SECONDS`: bytes go on to 127.0.0.1:TO at once, what comes back waits. A process
of its own, so that it waits for nobody.
"""

from __future__ import annotations

import asyncio
import socket
import sys

PART = 64 * 1024


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    try:
        while part := await reader.read(PART):
            await asyncio.sleep(seconds)
            writer.write(part)
            await writer.drain()
    except ConnectionError:
        pass  # one side is gone: so goes the other
    finally:
        writer.close()


async def _serve(port: int, to: int, seconds: float) -> None:
    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, there = await asyncio.open_connection("127.0.0.1", to)
        for one in (writer, there):
            one.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.gather(_copy(reader, there, 0), _copy(back, writer, seconds))

    async with await asyncio.start_server(meet, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
