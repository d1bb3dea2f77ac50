"""Which headers belong to the standard, to the system, or to a third-party library of cmake/Dependencies.cmake."""
import re

STANDARD = re.compile(r"^[a-z_]+$")  # <vector>, <memory>: neither slash nor suffix
SYSTEM = re.compile(r"^(sys|netinet|arpa|linux|net)/[a-z_]+\.h$|^(unistd|fcntl|signal|pthread|netdb|poll|errno|pwd|grp|spawn|sched|"
                    r"time|limits|termios|ifaddrs|execinfo|dlfcn)\.h$")

# Longest prefix first where one is part of another. Boost's small libraries come with either of its two users.
THIRD_PARTY = (
    (("libpq-fe.h", "libpq-events.h", "libpq/", "postgresql/"), ("libpq",)),
    (("hiredis/",), ("hiredis",)),
    (("curl/",), ("curl",)),
    (("libdeflate.h",), ("libdeflate",)),
    (("date/",), ("date",)),
    (("sodium.h", "sodium/"), ("sodium",)),
    (("prometheus/",), ("prometheus",)),
    (("boost/asio", "boost/beast"), ("asio",)),
    (("boost/json",), ("boost_json",)),
    (("boost/url",), ("boost_url",)),
    (("crypt.h",), ("crypt",)),
    (("liboath/",), ("oath",)),
    (("magic.h",), ("magic",)),
    (("fido.h", "fido/"), ("fido2",)),
    (("cbor.h",), ("cbor",)),
    (("vips/",), ("vips",)),
    (("qrencode.h",), ("qrencode",)),
    (("boost/",), ("asio", "boost_json")),
    (("fmt/",), ("fmt",)),
    (("spdlog/",), ("spdlog",)),
    (("CLI/",), ("cli11",)),
    (("openssl/",), ("openssl",)),
    (("yaml-cpp/",), ("yaml",)),
    (("gtest/", "gmock/"), ("gtest",)),
)
CLIENTS = {"libpq": "PostgreSQL", "hiredis": "Redis", "asio": "the network"}
ALWAYS_ALLOWED = {"fmt"}  # our std::format


def third_party(name: str) -> tuple[str, ...]:
    """The libraries of Dependencies.cmake that bring the header; empty when it is none of theirs."""
    for prefixes, libraries in THIRD_PARTY:
        if name.startswith(prefixes):
            return libraries
    return ()
