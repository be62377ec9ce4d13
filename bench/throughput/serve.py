"""Serves a peer on a port of 127.0.0.1 as long as standard input is open: `serve.py original_bytes 8000`."""

import os
import sys
from pathlib import Path
from threading import Thread

import uvicorn

sys.path.insert(0, str(Path(__file__).parent.parent / 'peers'))


def end_with_the_benchmark():
    sys.stdin.read()
    os._exit(0)


Thread(target=end_with_the_benchmark, daemon=True).start()
peer, port = sys.argv[1:]
uvicorn.run(f'{peer}:app', port=int(port), access_log=False, log_level='warning')
