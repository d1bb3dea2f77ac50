"""What tests of delivery by the job queue have in common: a Redis for each test, which all of its programs use."""
import sys

sys.dont_write_bytecode = True
from instance import App  # noqa: E402 (sets the path)
from redis_server import Redis  # noqa: E402


class OnQueue:
    """Comes before a test case whose programs shall have a job queue."""

    def setUp(self) -> None:
        self.redis = Redis()
        self.addCleanup(self.redis.stop)
        self.redis.start()
        super().setUp()

    def start(self, **settings: str) -> App:
        return super().start(**{"HASURA_GRAPHQL_REDIS_URL": self.redis.url, **settings})

    def jobs(self) -> list[str]:
        """Keys of the jobs in Redis: beside queue keys, those whose last part tells queue, call and try."""
        return [key for key in self.redis.command("KEYS", "bull:*/*") if not key.endswith(":lock")]
