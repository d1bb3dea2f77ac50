"""Stand-ins for what cannot be here: Slack's incoming webhooks, GitHub's API as `gh` 2.102 uses it, and a heartbeat address. All over TLS.

Slack: 200 "ok"; refusals as in https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors, recorded status and body
in SLACK_ANSWERS. GitHub: the requests were recorded from the real `gh`; the answers have the shapes that GitHub's GraphQL and REST references give
(https://docs.github.com/en/graphql/reference, https://docs.github.com/en/rest/issues/labels).
"""
import contextlib
import http.server
import json
import pathlib
import re
import ssl
import threading

SLACK_ANSWERS = {200: "ok", 400: "invalid_payload", 403: "invalid_token", 404: "no_service", 410: "channel_is_archived", 429: "rate_limited",
                 500: "rollup_error"}


class Service(contextlib.AbstractContextManager):
    """Subclasses answer in `answer(method, path, body)` with (status, headers, body)."""

    def __init__(self, certificates: pathlib.Path) -> None:
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
                service.requests.append((self.command, self.path, body))
                status, headers, answer = service.answer(self.command, self.path, body)
                data = answer.encode()
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    for name, value in {**headers, "content-length": str(len(data))}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(data)

            do_GET = do_POST = do_PATCH = _serve

            def log_message(self, *_: object) -> None:
                pass

        self.requests: list[tuple[str, str, str]] = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.host = f"localhost:{self._server.server_address[1]}"

    def __enter__(self) -> "Service":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, body: str) -> tuple[int, dict, str]:
        raise NotImplementedError


class Slack(Service):
    """Answers with each status of `statuses` in turn, the last one for ever; 0 is no answer for a while."""

    def __init__(self, certificates: pathlib.Path, *statuses: int) -> None:
        super().__init__(certificates)
        self.statuses = list(statuses) or [200]

    @property
    def webhook(self) -> str:
        return f"https://{self.host}/services/T0000/B0000/the-webhook-secret"

    def answer(self, method: str, path: str, body: str) -> tuple[int, dict, str]:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status == 0:
            threading.Event().wait(15)
            return 200, {}, "ok"
        return status, {"retry-after": "0"} if status == 429 else {}, SLACK_ANSWERS[status]


class Heartbeat(Service):
    def answer(self, method: str, path: str, body: str) -> tuple[int, dict, str]:
        return 200, {}, "OK"


class GitHub(Service):
    """One repository's issues and labels."""

    def __init__(self, certificates: pathlib.Path) -> None:
        super().__init__(certificates)
        self.issues: list[dict] = []
        self.labels: set[str] = set()
        self.broken = False

    def answer(self, method: str, path: str, body: str) -> tuple[int, dict, str]:
        as_json = {"content-type": "application/json"}
        if self.broken:
            return 503, as_json, json.dumps({"message": "Service unavailable"})
        if path == "/api/v3/meta":
            return 200, as_json, json.dumps({"installed_version": "3.17.0"})
        if method == "POST" and path == "/api/v3/repos/acme/busflow/labels":
            self.labels.add(json.loads(body)["name"])
            return 201, as_json, body
        if path == "/api/graphql":
            request = json.loads(body)
            return 200, as_json, json.dumps({"data": self._graphql(request["query"], request.get("variables") or {})})
        return 404, as_json, json.dumps({"message": "Not Found"})

    def _issue(self, issue: dict) -> dict:
        return {"__typename": "Issue", "id": f"I_{issue['number']}", "url": f"https://{self.host}/acme/busflow/issues/{issue['number']}",
                **{name: issue[name] for name in ("number", "title", "body", "state")}}

    def _by_id(self, identifier: str) -> dict:
        return self.issues[int(identifier.removeprefix("I_")) - 1]

    def _graphql(self, query: str, variables: dict) -> dict:
        operation = re.search(r"(?:query|mutation)\s*(\w*)", query).group(1)
        page = {"hasNextPage": False, "endCursor": None}
        if "__type(" in query:
            asked = re.findall(r"(\w+):\s*__type\(name:\s*\"\w+\"\)\s*\{\s*(\w+)", query)
            return {alias: {part: []} for alias, part in asked}
        if operation == "IssueList":
            return {"repository": {"hasIssuesEnabled": True, "issues": {"totalCount": len(self.issues), "nodes": [self._issue(issue) for issue in self.issues],
                                                                        "pageInfo": page}}}
        if operation == "IssueByNumber":
            number = variables.get("number") or variables.get("issue_number")
            return {"repository": {"hasIssuesEnabled": True, "issue": self._issue(self.issues[number - 1])}}
        if operation == "IssueCreate":
            fields = variables["input"]
            self.issues.append({"number": len(self.issues) + 1, "title": fields["title"], "body": fields["body"], "state": "OPEN", "comments": [],
                                "labels": fields.get("labelIds")})
            return {"createIssue": {"issue": self._issue(self.issues[-1])}}
        if operation == "CommentCreate":
            self._by_id(variables["input"]["subjectId"])["comments"].append(variables["input"]["body"])
            return {"addComment": {"commentEdge": {"node": {"url": "https://localhost/comment"}}}}
        if operation == "IssueClose":
            issue = self._by_id(variables["input"]["issueId"])
            issue["state"] = "CLOSED"
            return {"closeIssue": {"issue": {"id": f"I_{issue['number']}"}}}
        if operation == "IssueReopen":
            issue = self._by_id(variables["input"]["issueId"])
            issue["state"] = "OPEN"
            return {"reopenIssue": {"issue": {"id": f"I_{issue['number']}"}}}
        if operation == "RepositoryLabelList":
            return {"repository": {"labels": {"nodes": [{"id": f"L_{name}", "name": name} for name in self.labels], "pageInfo": page}}}
        return {"repository": {"id": "R_1", "name": "busflow", "owner": {"login": "acme"}, "hasIssuesEnabled": True, "description": "", "viewerPermission": "WRITE"}}
