"""Lists of subscribers as other programs write them: who is in them, in which line, and who may not come."""

import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

from app.errors import Invalid
from app.mail.address import EmailAddress
from app.models import ImportReader
from app.services import csv_export, subscriber_export
from app.services.imports import pieces
from app.services.imports.lines import LONGEST_LINE, Lines, Place
from app.services.imports.people import parse, row_of
from app.services.imports.reading import READERS
from app.services.imports.record import Record
from app.services.imports.refusals import Refusal

CSV, LISTMONK, MAILCHIMP, MAILMAN = ImportReader
MAILCHIMP_TAIL = "MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,CC,REGION"
SCRAPS = (
    b"email,name\n",
    b"a@example.org",
    b"\n",
    b"\r",
    b"\r\n",
    b'"',
    b",",
    b";",
    b"'members': {",
    b"<",
    b">",
    b"(",
    b"\xef\xbb\xbf",
)
DUMP = """{   'accept_these_nonmembers': [],
    'bounce_info': {   'gone@example.org': <Mailman.Bouncer._BounceInfo instance at 0x7f>},
    'delivery_status': {   'away@example.org': (2, 1700000000.0),
                           'gone@example.org': (4, 1700000000.0)},
    'digest_members': {   'cleo@example.org': 0},
    'language': {   'ana@example.org': 'fr'},
    'members': {   'ana@example.org': 'Ana@example.org',
                   'away@example.org': 0,
                   "o'neil@example.org": 0},
    'owner': ['boss@example.org'],
    'passwords': {   'ana@example.org': 'secret@home'},
    'real_name': 'News'}
"""


def read(
    reader: ImportReader, content: str | bytes, name: str = "list.csv", *topics: str, cut: int = 10
) -> list[Record]:
    """All records, the content handed over in small pieces."""
    raw = content.encode() if isinstance(content, str) else content
    parts = [raw[at : at + cut] for at in range(0, len(raw), cut)]
    first = next((line for line in Lines(parts, Place()) if line.strip()), "")
    return list(READERS[reader](Lines(parts, Place()), first, name, topics))


def seen(records: list[Record]) -> list[tuple[int, str]]:
    return [(record.line, record.address) for record in records]


def refused(records: list[Record]) -> dict[str, Refusal | None]:
    return {record.address: record.refusal for record in records}


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_delimiter_and_end_of_line_is_found_out(sign, end):
    rows = [
        ["E-Mail", "First name", "Last name", "Language"],
        ["ana@example.org", "Ana", "Lima", "fr"],
        ["b@example.org"],
    ]
    text = end.join(sign.join(row) for row in rows)
    assert read(CSV, text) == [
        Record(2, "ana@example.org", "Ana", "Lima", "fr"),
        Record(3, "b@example.org"),
    ]


def test_a_list_without_headings_is_read_from_its_first_line():
    assert seen(read(CSV, "ana@example.org\n\nben@example.org")) == [(1, "ana@example.org"), (3, "ben@example.org")]
    assert seen(read(CSV, "1,ana@example.org\n2,ben@example.org")) == [(1, "ana@example.org"), (2, "ben@example.org")]


def test_a_table_without_a_column_for_the_address_is_refused_in_words_that_name_what_is_there():
    with pytest.raises(Invalid) as refusal:
        read(CSV, "Name,City\nAna,Lima\n")
    assert "“Name”, “City”" in str(refusal.value)
    assert refusal.value.problems[0].line == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_names_are_read_in_whatever_the_file_was_written(encoding):
    (ana,) = read(CSV, "email,name\nana@example.org,Zoë Ångström-Núñez\n".encode(encoding))
    assert (ana.line, ana.first_name, ana.last_name) == (2, "Zoë", "Ångström-Núñez")


def test_a_cell_may_have_several_lines_and_the_apostrophe_of_an_export_is_taken_off():
    text = 'email,name\r\n"a@example.org","Ana\r\nLima"\r\n\'+tag@example.org,\'=Ben\r\n'
    assert read(CSV, text) == [
        Record(2, "a@example.org", "Ana", "Lima"),
        Record(4, "+tag@example.org", "=Ben"),
    ]


def test_a_quotation_mark_that_is_never_closed_is_named_with_its_line():
    text = 'email,name\na@example.org,Ana\nb@example.org,"Ben\n' + "c@example.org,Cleo\n" * 20_000
    with pytest.raises(Invalid) as refusal:
        read(CSV, text, cut=50_000)
    assert refusal.value.problems[0].line == 3
    assert "quotation mark" in str(refusal.value)


def test_a_line_that_never_ends_is_not_read_into_memory():
    with pytest.raises(Invalid, match="million characters"):
        read(CSV, b"a" * (LONGEST_LINE + 200_000), cut=50_000)


def test_who_left_bounced_or_never_confirmed_there_is_refused():
    words = ["subscribed", "Unsubscribed", "cleaned", "Opted out", "blocklisted", "pending", "disabled", "", "VIP"]
    text = "email,status\n" + "".join(f"r{number}@example.org,{word}\n" for number, word in enumerate(words))
    assert list(refused(read(CSV, text)).values()) == [
        None, Refusal.LEFT_THERE, Refusal.BOUNCED_THERE, Refusal.LEFT_THERE, Refusal.COMPLAINED_THERE,
        Refusal.UNCONFIRMED_THERE, Refusal.OFF_THERE, None, Refusal.UNKNOWN_THERE,
    ]  # fmt: skip


def test_a_column_that_says_when_somebody_left_counts():
    text = "email,unsubscribed_at\na@example.org,\nb@example.org,2024-05-01\nc@example.org,no\n"
    assert list(refused(read(CSV, text)).values()) == [None, Refusal.LEFT_THERE, None]


def test_the_export_of_listmonk():
    text = (
        "uuid,email,name,attributes,status,created_at,updated_at\n"
        '5f4,ana@example.org,Ana Maria Lima,"{""city"": ""Porto, a@b.c""}",enabled,2024-05-01,2024-05-01\n'
        "5f5,ben@example.org,Ben,{},blocklisted,2024-05-01,2024-05-01\n"
        "5f6,cleo@example.org,,{},disabled,2024-05-01,2024-05-01\n"
    )
    assert read(LISTMONK, text) == [
        Record(2, "ana@example.org", "Ana", "Maria Lima"),
        Record(3, "ben@example.org", "Ben", refusal=Refusal.COMPLAINED_THERE),
        Record(4, "cleo@example.org", refusal=Refusal.OFF_THERE),
    ]
    with pytest.raises(Invalid, match=r"not what listmonk exports.*“uuid”"):
        read(LISTMONK, "email\na@example.org\n")


def test_the_exports_of_mailchimp():
    head = f"Email Address,First Name,Last Name,Address,{MAILCHIMP_TAIL}"
    row = '"ana@example.org",Ana,Lima,"12 Ramp Street, Lisbon",2,"2019-01-02 10:11:12",,"2019-01-02 10:12:12",,PT,11'
    subscribed = f"{head},LEID,EUID,NOTES,TAGS\n{row},1,2,,\n"
    assert read(MAILCHIMP, subscribed) == [Record(2, "ana@example.org", "Ana", "Lima")]
    left = f"{head},UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON\n{row},,,,\n"
    assert list(refused(read(MAILCHIMP, left)).values()) == [Refusal.LEFT_THERE]
    cleaned = f"{head},CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID\n{row},,,\n"
    assert list(refused(read(MAILCHIMP, cleaned)).values()) == [Refusal.BOUNCED_THERE]
    never = read(MAILCHIMP, subscribed, "nonsubscribed_email_audience_export_1a2b.csv")
    assert list(refused(never).values()) == [Refusal.UNCONFIRMED_THERE]


def test_a_list_of_members_as_mailman_writes_it():
    text = "ana@example.org\n# staff\nBen Adler <ben@example.org>\n\ncleo@example.org (Cleo Da Costa)\n"
    assert read(MAILMAN, text) == [
        Record(1, "ana@example.org"),
        Record(3, "ben@example.org", "Ben", "Adler"),
        Record(5, "cleo@example.org", "Cleo", "Da Costa"),
    ]
    with pytest.raises(Invalid, match="Choose “CSV”"):
        read(MAILMAN, "email,name\na@example.org,Ana\n")


def test_the_printed_configuration_of_a_list_of_mailman():
    assert [(one.line, one.address, one.refusal) for one in read(MAILMAN, DUMP)] == [
        (3, "away@example.org", Refusal.OFF_THERE),
        (4, "gone@example.org", Refusal.BOUNCED_THERE),
        (5, "cleo@example.org", None),
        (7, "Ana@example.org", None),
        (8, "away@example.org", None),
        (9, "o'neil@example.org", None),
    ]


def test_a_short_configuration_has_several_members_in_one_line():
    assert seen(read(MAILMAN, "{   'members': {   'a@example.org': 0, 'b@example.org': 0}}\n")) == [
        (1, "a@example.org"),
        (1, "b@example.org"),
    ]


@pytest.mark.parametrize("reader", list(ImportReader))
def test_reading_goes_on_behind_any_line_as_if_it_had_never_stopped(reader):
    text = {
        LISTMONK: "uuid,email,status\n" + "".join(f"{n},r{n}@example.org,enabled\n" for n in range(9)),
        MAILCHIMP: "Email Address,First Name\r\n" + "".join(f'r{n}@example.org,"A\r\nB"\r\n' for n in range(9)),
        MAILMAN: DUMP,
        CSV: "\ufeffemail;name\n\n" + "".join(f"r{n}@example.org;Zoë\n" for n in range(9)),
    }[reader]
    raw = text.encode()
    first = next(line for line in Lines([raw], Place()) if line.strip())
    whole, place, found = read(reader, raw), Place(), []
    while True:
        lines = Lines([raw[place.octets :]], place)
        record = next(READERS[reader](lines, first, "", ()), None)
        if record is None:
            break
        found.append(record)
        place = lines.place
    assert found == whole


@pytest.mark.parametrize(
    "text",
    [
        "ana@example.org", "Ana.Lima+news@Example.ORG", "o'neil@xn--bcher-kva.example", "a@bücher.example", "a@@b.org",
        "a..b@example.org", ".a@example.org", "a@example", "a@-x.org", "a@x..org", "a@1.2.3.4", "a@[1.2.3.4]",
        "zoë@x.org",
        "a" * 64 + "@example.org", "a" * 65 + "@example.org", "a@" + "b" * 63 + ".org", "a@" + "b." * 124 + "org",
        "a@x.org.", "a@x_y.org", "", "a b@x.org", '"a b"@x.org',
    ],
)  # fmt: skip
def test_the_quick_way_to_read_an_address_gives_what_the_careful_one_gives(text):
    def told(way):
        try:
            return way(text)
        except Invalid as error:
            return str(error)

    assert told(parse) == told(EmailAddress.parse)


@pytest.mark.parametrize("reader", list(ImportReader))
@tries(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([*SCRAPS, *map(bytes, zip(range(256)))]) | st.binary(max_size=6), max_size=40))
def test_no_file_breaks_a_reader_whatever_is_in_it(reader, settings, scraps):
    with suppress(Invalid):
        rows = [row_of(record, record.line, settings) for record in read(reader, b"".join(scraps), cut=7)]
        assert all(row.reason or row.identity for row in rows)


def test_what_is_no_list_is_refused_with_what_to_do_instead():
    said = {
        b"PK\x03\x04\x14\x00[Content_Types].xml": "Save it as CSV",
        b"PK\x03\x04\x14\x00subscribed.csv": "Unpack it",
        b"\x1f\x8b\x08": "Unpack it",
        b"\x80\x02}q\x01": "list_members",
        b"a\x00b": "no text",
    }
    for content, words in said.items():
        with pytest.raises(Invalid, match=words):
            list(pieces.as_octets(io.BytesIO(content)))


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        ("email,status,subscribed\nana@example.org,active,no\n", Refusal.LEFT_THERE),
        ("email,opt-out,unsubscribed_at\nana@example.org,,2024-05-31\n", Refusal.LEFT_THERE),
        ("email,bounced,bounced_at\nana@example.org,,2024-05-31\n", Refusal.BOUNCED_THERE),
        ("email,status,subscribed\nana@example.org,active,yes\n", None),
    ],
)
def test_each_column_counts_that_speaks_against_somebody(content, refusal):
    assert [record.refusal for record in read(CSV, content)] == [refusal]


@pytest.mark.parametrize(
    ("confirmed", "waits", "left", "because", "refusal"),
    [
        ("news", "", "", None, None),
        ("news events", "", "old", None, None),
        ("events", "", "", None, None),
        ("events", "", "news", None, Refusal.LEFT_THERE),
        ("events", "news", "", None, Refusal.UNCONFIRMED_THERE),
        (None, "news", None, None, Refusal.UNCONFIRMED_THERE),
        (None, None, "news", None, Refusal.LEFT_THERE),
        (None, None, None, None, Refusal.LEFT_THERE),
        ("news", "", "", "complaint", Refusal.COMPLAINED_THERE),
        ("news", "", "", "hard", Refusal.BOUNCED_THERE),
        ("news", "", "", "unsubscribed", Refusal.LEFT_THERE),
    ],
)
def test_our_own_export_brings_nobody_who_left_waits_or_must_not_be_written_to(
    confirmed, waits, left, because, refusal
):
    person = ("ana@example.org", "Ana", "Lima", "en", confirmed, waits, left, because, None, None, None)
    content = "".join(csv_export.rows(subscriber_export.HEADER, [person]))
    assert [record.refusal for record in read(CSV, content, "subscribers.csv", "news")] == [refusal]
