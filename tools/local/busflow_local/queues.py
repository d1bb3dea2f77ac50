"""Bull Board on the job queues, for staff: apps/queues."""
import pathlib
import shutil

from busflow_local.failure import LocalError
from busflow_local.layout import Layout
from busflow_local.process import ProcessSpec
from busflow_local.product import Product, answers

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "apps" / "queues"


class Queues:
    def __init__(self, layout: Layout, product: Product, port: int):
        self._node = shutil.which("node")
        if self._node is None or not (FOLDER / "node_modules").exists():
            raise LocalError("Node.js or the npm packages of apps/queues are not installed", "run `make install`")
        self._layout = layout
        self._product = product
        self.port = port

    def spec(self) -> ProcessSpec:
        settings = {"BUSFLOW_QUEUES_PORT": str(self.port), "BUSFLOW_SERVE_URL": f"http://127.0.0.1:{self._product.serve_port}"}
        return ProcessSpec(name="queues", arguments=[self._node, str(FOLDER / "main.mjs")], log=self._layout.log("queues"),
                           pid_file=self._layout.pid_file("queues"), environment={**self._product.environment(), **settings})

    def is_ready(self) -> bool:
        return answers(self.port, "/healthz")
