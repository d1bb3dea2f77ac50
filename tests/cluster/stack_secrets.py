"""The secrets of a stack, made for one test run: a certificate authority, certificates, keys and random passwords."""
import pathlib
import secrets
import subprocess


def openssl(*arguments: str, text: str | None = None) -> str:
    return subprocess.run(["openssl", *arguments], input=text, capture_output=True, text=True, check=True).stdout


def certificate(folder: pathlib.Path, name: str, hosts: list[str]) -> tuple[str, str]:
    """Certificate and key, signed by the authority in the folder."""
    key, request = folder / f"{name}.key", folder / f"{name}.csr"
    names = ",".join(f"DNS:{host}" for host in hosts)
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key), "-out", str(request), "-subj", f"/CN={hosts[0]}")
    signed = openssl("x509", "-req", "-in", str(request), "-CA", str(folder / "ca.pem"), "-CAkey", str(folder / "ca.key"), "-CAcreateserial", "-days", "2",
                     "-extfile", "/dev/stdin", text=f"subjectAltName={names}\n")
    return signed, key.read_text()


def make(folder: pathlib.Path, domain: str) -> dict[str, str]:
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(folder / "ca.key"), "-out", str(folder / "ca.pem"), "-subj",
            "/CN=Busflow test authority", "-days", "2", "-addext", "basicConstraints=critical,CA:true", "-addext", "keyUsage=critical,keyCertSign")
    values = {"internal_ca": (folder / "ca.pem").read_text()}
    for name, secret, hosts in (("edge", "edge", [domain, f"*.preview.{domain}"]), ("postgres", "postgres", ["postgres"]), ("object", "object_store", ["object-store"])):
        values[f"{secret}_certificate"], values[f"{secret}_key"] = certificate(folder, name, hosts)
    for role in ("owner", "service", "graphql", "change_feed", "backup", "exporter"):
        values[f"database_{role}_password"] = secrets.token_hex(24)
    values["redis_password"] = secrets.token_hex(24)
    values["object_store_secret_key"] = secrets.token_hex(24)
    values["auth_jwt_key"] = secrets.token_hex(32)
    values["auth_data_key"] = secrets.token_hex(32)
    return values
