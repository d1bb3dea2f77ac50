"""Makes JSON Web Tokens and key sets with Python's HMAC and the openssl program, independently of the code under test."""
import base64
import hashlib
import hmac
import json
import pathlib
import subprocess
import time

CLAIMS = "https://hasura.io/jwt/claims"
CURVES = {"ES256": ("P-256", 32), "ES384": ("P-384", 48), "ES512": ("P-521", 66)}


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments: str, data: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


class Key:
    """A key pair in files; `algorithm` as in the header of a token."""

    def __init__(self, folder: pathlib.Path, algorithm: str, name: str = "key") -> None:
        self.algorithm = algorithm
        self.id = f"{name}-{algorithm}"
        self.private = folder / f"{self.id}.pem"
        if algorithm.startswith("ES"):
            openssl("genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{CURVES[algorithm][0]}", "-out", str(self.private))
        elif algorithm == "EdDSA":
            openssl("genpkey", "-algorithm", "ed25519", "-out", str(self.private))
        else:
            openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", str(self.private))

    def public_pem(self) -> str:
        return openssl("pkey", "-in", str(self.private), "-pubout").decode()

    def jwk(self) -> dict:
        der = openssl("pkey", "-in", str(self.private), "-pubout", "-outform", "DER")
        base = {"kid": self.id, "use": "sig", "alg": self.algorithm}
        if self.algorithm == "EdDSA":
            return {**base, "kty": "OKP", "crv": "Ed25519", "x": encode(der[-32:])}
        if self.algorithm in CURVES:
            curve, size = CURVES[self.algorithm]
            return {**base, "kty": "EC", "crv": curve, "x": encode(der[-2 * size:-size]), "y": encode(der[-size:])}
        modulus = openssl("rsa", "-in", str(self.private), "-noout", "-modulus").decode().strip().split("=")[1]
        return {**base, "kty": "RSA", "n": encode(bytes.fromhex(modulus)), "e": "AQAB"}

    def sign(self, text: bytes) -> bytes:
        digest = f"-sha{self.algorithm[2:]}"
        if self.algorithm == "EdDSA":
            file = self.private.with_suffix(".text")
            file.write_bytes(text)
            return openssl("pkeyutl", "-sign", "-inkey", str(self.private), "-rawin", "-in", str(file))
        padding = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"] if self.algorithm.startswith("PS") else []
        signature = openssl("dgst", digest, "-sign", str(self.private), *padding, data=text)
        return raw_signature(signature, CURVES[self.algorithm][1]) if self.algorithm in CURVES else signature


def raw_signature(der: bytes, size: int) -> bytes:
    """The two numbers of a DER signature, one after the other."""
    at = 2 if der[1] < 128 else 3
    numbers = []
    for _ in range(2):
        length = der[at + 1]
        numbers.append(int.from_bytes(der[at + 2:at + 2 + length], "big").to_bytes(size, "big"))
        at += 2 + length
    return b"".join(numbers)


def payload(role: str = "user", **changes) -> dict:
    claims = {"x-hasura-allowed-roles": [role, "other"], "x-hasura-default-role": role, "x-hasura-name": "Ann"}
    return {"sub": "1", "exp": int(time.time()) + 600, CLAIMS: claims, **changes}


def token(key: "Key | str", claims: dict, algorithm: str = "HS256", **header) -> str:
    """Signed with a key pair, or with a shared secret."""
    used = key.algorithm if isinstance(key, Key) else algorithm
    head = {"alg": used, "typ": "JWT", **({"kid": key.id} if isinstance(key, Key) else {}), **header}
    text = f"{encode(json.dumps(head).encode())}.{encode(json.dumps(claims).encode())}"
    if isinstance(key, Key):
        signature = key.sign(text.encode())
    else:
        signature = hmac.new(key.encode(), text.encode(), getattr(hashlib, f"sha{used[2:]}")).digest()
    return f"{text}.{encode(signature)}"
