"""XML signatures under CAP messages (XML-DSig, enveloped), checked with pinned certificates and nothing else.

What is believed afterwards is what was signed: the canonical bytes that the digest was made of, read anew. A signature
over another element, or moved into another document, therefore proves nothing about what surrounds it.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from lxml import etree
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from broadcaster.domain.cap.message import NAMESPACE
from broadcaster.domain.cap.parsing import SIGNATURE_NAMESPACE
from broadcaster.domain.cap.verdict import Signature

log = logging.getLogger(__name__)

_DS = f"{{{SIGNATURE_NAMESPACE}}}"
_ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_CANONICAL = frozenset(
    {
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2006/12/xml-c14n11",
        "http://www.w3.org/2001/10/xml-exc-c14n#",
    }
)
_BROKEN = (
    SignXMLException,
    etree.LxmlError,
    InvalidSignature,
    UnsupportedAlgorithm,
    # What the library's own code trips over where a part of the signature is missing or is none.
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    OverflowError,
)


def check(raw: bytes, certificates: Sequence[str], now: datetime) -> tuple[Signature, bytes]:
    """Return what the signature is worth, and the bytes to be read: those that were signed when it is good.

    `raw` must have passed `xml_tree.parse`: this parser is not the one that meets strangers first.
    """
    try:
        root = etree.fromstring(raw, parser=_parser())
    except etree.LxmlError as exc:
        log.warning("a CAP document that one parser reads and the other does not: %s", exc)
        return Signature.WRONG, raw
    signatures = list(root.iter(f"{_DS}Signature"))
    if not signatures:
        return Signature.NONE, raw
    if not certificates:
        return Signature.UNCHECKED, raw
    if len(signatures) > 1 or not _is_over_the_whole(root, signatures[0]):
        return Signature.WRONG, raw
    for certificate in certificates:
        if (signed := _verified(raw, certificate, now=now)) is not None:
            return Signature.GOOD, signed
    return Signature.WRONG, raw


def _verified(raw: bytes, certificate: str, *, now: datetime) -> bytes | None:
    """Return the signed bytes, or None where this certificate's key did not sign them or is not valid now."""
    wanted = SignatureConfiguration(location="./", expect_references=1, verification_time=now)
    try:
        result = XMLVerifier().verify(
            raw, x509_cert=certificate, parser=_parser(), expect_config=wanted, uri_resolver=None
        )
    except _BROKEN as exc:
        log.info("a CAP signature does not hold: %s: %s", type(exc).__name__, str(exc)[:200])
        return None
    if not isinstance(result, VerifyResult) or result.signed_xml is None:
        return None
    return result.signed_data if result.signed_xml.tag == f"{{{NAMESPACE}}}alert" else None


def _is_over_the_whole(root: etree._Element, signature: etree._Element) -> bool:
    """Whether the signature is a child of the alert, and refers to the document itself with no other change to it."""
    if signature.getparent() is not root or root.tag != f"{{{NAMESPACE}}}alert":
        return False
    references = list(signature.iter(f"{_DS}Reference"))
    if len(references) != 1 or references[0].get("URI") != "":
        return False
    transforms = [transform.get("Algorithm") for transform in references[0].iter(f"{_DS}Transform")]
    return transforms.count(_ENVELOPED) == 1 and set(transforms) <= {_ENVELOPED} | _CANONICAL


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, dtd_validation=False
    )
