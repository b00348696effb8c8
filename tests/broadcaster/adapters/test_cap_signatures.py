"""XML signatures: the right one is good, and nothing that a forger could do with it is."""

import pytest
from lxml import etree
from signxml.verifier import SignatureConfiguration, XMLVerifier

from broadcaster.adapters.cap_signatures import check
from broadcaster.domain.cap import parsing as cap_xml
from broadcaster.domain.cap.verdict import Signature
from tests.fakes.cap_authority import Authority
from tests.fakes.cap_documents import document, raw_file
from tests.fakes.station_office import MORNING

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
DS = "{http://www.w3.org/2000/09/xmldsig#}"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def stranger() -> Authority:
    return Authority()


def worth(raw: bytes, *authorities: Authority) -> Signature:
    """Return what a signature is worth to those who know these authorities."""
    return check(raw, [a.pem for a in authorities], MORNING)[0]


@pytest.mark.parametrize("name", ["vn-flood.xml", "de-mowas-cancel.xml", "cn-storm.xml"])
def test_signed_document_is_good_and_read_as_what_was_signed(authority: Authority, name: str) -> None:
    signature, signed = check(authority.sign(raw_file(name)), [authority.pem], MORNING)

    assert signature is Signature.GOOD
    assert cap_xml.read(signed) == cap_xml.read(raw_file(name))


@pytest.mark.parametrize(
    "c14n",
    ["http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "http://www.w3.org/2006/12/xml-c14n11",
     "http://www.w3.org/2001/10/xml-exc-c14n#"],
)  # fmt: skip
def test_each_usual_canonical_form_is_understood(authority: Authority, c14n: str) -> None:
    assert worth(authority.sign(document(), c14n_algorithm=c14n), authority) is Signature.GOOD


def test_elliptic_curves_are_understood() -> None:
    curved = Authority(curve=True)

    assert worth(curved.sign(document()), curved) is Signature.GOOD


def test_any_of_the_certificates_is_enough(authority: Authority, stranger: Authority) -> None:
    assert worth(authority.sign(document()), stranger, authority) is Signature.GOOD


def test_unsigned_and_unchecked_are_told_apart(authority: Authority) -> None:
    assert worth(document(), authority) is Signature.NONE
    assert worth(authority.sign(document())) is Signature.UNCHECKED


def test_a_stranger_s_signature_is_wrong_though_its_certificate_is_inside(
    authority: Authority, stranger: Authority
) -> None:
    assert worth(stranger.sign(document()), authority) is Signature.WRONG


def test_changed_words_make_it_wrong(authority: Authority) -> None:
    signed = authority.sign(document())

    assert worth(signed.replace("Lũ quét sắp về".encode(), "Không có gì cả".encode()), authority) is Signature.WRONG


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(b"</alert>", b"<note>x</note></alert>"),
        lambda raw: raw.replace(b"<status>Actual</status>", b"<status>Exercise</status>"),
        lambda raw: raw.replace(b"</ds:DigestValue>", b"AAAA</ds:DigestValue>"),
        lambda raw: raw.replace(b"<ds:SignatureValue>", b"<ds:SignatureValue>AAAA"),
        lambda raw: raw.replace(b'URI=""', b'URI="#x"'),
        lambda raw: raw.replace(b"rsa-sha256", b"hmac-sha256"),
        lambda raw: raw.replace(b"xmlenc#sha256", b"xmlenc#md5"),
        lambda raw: raw.replace(b"<ds:SignedInfo>", b"<ds:SignedInfo><ds:Reference/>"),
    ],
)
def test_each_change_makes_it_wrong(authority: Authority, change: object) -> None:
    signed = authority.sign(document())
    changed = change(signed)  # type: ignore[operator] # one of the functions above

    assert changed != signed
    assert worth(changed, authority) is Signature.WRONG


def test_signature_moved_into_another_document_proves_nothing(authority: Authority) -> None:
    theirs = etree.fromstring(authority.sign(document())).find(f"{DS}Signature")
    forged = etree.fromstring(document(headline="Giả mạo"))
    forged.append(theirs)

    assert worth(etree.tostring(forged), authority) is Signature.WRONG


def test_genuine_document_wrapped_in_a_forged_one_proves_nothing(authority: Authority) -> None:
    """The old trick: the signed part stays whole somewhere inside, and the reader looks elsewhere."""
    genuine = etree.fromstring(document())
    genuine.set("Id", "x")
    genuine = etree.fromstring(authority.sign(etree.tostring(genuine), uri="#x"))
    signature = genuine.find(f"{DS}Signature")
    genuine.remove(signature)
    forged = etree.fromstring(document(headline="Giả mạo"))
    etree.SubElement(forged, f"{{{CAP}}}note").append(genuine)
    forged.append(signature)
    raw = etree.tostring(forged)

    # The control: the signature itself holds, for whoever does not ask what it stands under.
    XMLVerifier().verify(raw, x509_cert=authority.pem, expect_config=SignatureConfiguration(verification_time=MORNING))
    assert worth(raw, authority) is Signature.WRONG


def test_whole_signed_document_inside_a_forged_one_proves_nothing(authority: Authority) -> None:
    forged = etree.fromstring(document(headline="Giả mạo"))
    forged.find(f"{{{CAP}}}info").append(etree.fromstring(authority.sign(document())))

    assert worth(etree.tostring(forged), authority) is Signature.WRONG


def test_signature_over_a_named_part_is_wrong(authority: Authority) -> None:
    """CAP has no names for its parts: a reference to one is never the whole."""
    root = etree.fromstring(document())
    root.set("Id", "x")

    assert worth(authority.sign(etree.tostring(root), uri="#x"), authority) is Signature.WRONG


def test_two_signatures_are_wrong(authority: Authority, stranger: Authority) -> None:
    twice = etree.fromstring(authority.sign(document()))
    twice.append(etree.fromstring(stranger.sign(document())).find(f"{DS}Signature"))

    assert worth(etree.tostring(twice), authority) is Signature.WRONG


def test_comment_inside_a_word_is_read_as_it_was_signed(authority: Authority) -> None:
    """Canonical XML drops comments: words must not be cut where a comment was put in."""
    signed = authority.sign(document()).replace("Lũ quét sắp về".encode(), "Lũ quét <!-- không -->sắp về".encode())
    signature, read = check(signed, [authority.pem], MORNING)

    assert signature is Signature.GOOD
    assert cap_xml.read(read).infos[0].headline == cap_xml.read(signed).infos[0].headline == "Lũ quét sắp về"


def test_certificate_that_has_run_out_is_worth_nothing(authority: Authority) -> None:
    old = Authority(days=-1)

    assert worth(old.sign(document()), old) is Signature.WRONG


def test_weak_digest_is_refused(authority: Authority) -> None:
    signed = authority.sign(document()).replace(
        b"http://www.w3.org/2001/04/xmlenc#sha256", b"http://www.w3.org/2000/09/xmldsig#sha1"
    )

    assert worth(signed, authority) is Signature.WRONG


@pytest.mark.parametrize(
    "inside",
    [b"", b"<ds:SignedInfo/>", b"<ds:SignedInfo><ds:Reference URI=''/></ds:SignedInfo><ds:SignatureValue/>"],
)
def test_empty_shells_of_signatures_are_wrong_and_no_fault(authority: Authority, inside: bytes) -> None:
    shell = b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">' + inside + b"</ds:Signature></alert>"

    assert worth(document().replace(b"</alert>", shell), authority) is Signature.WRONG


def test_certificate_that_is_none_believes_nothing(authority: Authority) -> None:
    assert check(authority.sign(document()), ["không phải PEM"], MORNING)[0] is Signature.WRONG
