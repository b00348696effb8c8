"""Somebody whose XML signature counts, or does not, in tests."""

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.algorithms import SignatureConstructionMethod
from signxml.signer import XMLSigner

from tests.fakes.station_office import MORNING


class Authority:
    """Somebody who signs, and their certificate."""

    def __init__(self, *, days: int = 30, curve: bool = False) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1()) if curve else rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ban Chỉ huy")])
        self.certificate = (
            x509.CertificateBuilder(name, name, self.key.public_key(), x509.random_serial_number())
            .not_valid_before(MORNING - timedelta(days=60))
            .not_valid_after(MORNING + timedelta(days=days))
            .sign(self.key, SHA256())
        )
        self.pem = self.certificate.public_bytes(Encoding.PEM).decode()

    def sign(self, raw: bytes, *, uri: str | None = None, **more: object) -> bytes:
        """Return the document with an enveloped signature over the whole."""
        algorithm = "ecdsa-sha256" if isinstance(self.key, ec.EllipticCurvePrivateKey) else "rsa-sha256"
        signer = XMLSigner(
            method=SignatureConstructionMethod.enveloped, signature_algorithm=algorithm,
            **{"c14n_algorithm": "http://www.w3.org/2001/10/xml-exc-c14n#", **more},  # type: ignore[arg-type] # the signer's own
        )  # fmt: skip
        signed = signer.sign(etree.fromstring(raw), key=self.key, cert=[self.certificate], reference_uri=uri)
        return etree.tostring(signed, xml_declaration=True, encoding="UTF-8")  # type: ignore[no-any-return] # lxml has no types
