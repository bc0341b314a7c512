"""The loop of a contestant's process: see peer-process.ts."""

import json
import sys


def serve(name, methods):
    """Says hello, and calls methods as lines on standard input ask for them, until that ends."""
    print(json.dumps({"name": name, "methods": list(methods)}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            response = {"result": methods[asked["method"]](*asked["args"])}
        except Exception as error:  # the bench ends with it
            response = {"error": repr(error)}
        print(json.dumps(response), flush=True)
