"""Headers and texts of other systems → kind, fields, formats."""

from __future__ import annotations

import pytest

from accounts.importers.guess import guess, plain, texts_of, unclear
from accounts.importers.mapping import mapping_text, parse_mapping
from accounts.importers.vocabulary import KINDS_WORDS, NAMES, WORDS
from accounts.kinds import KINDS

# File, header, a row → kind, and field: column.
FILES = {
    "English": (
        "a.csv",
        "Company ID,Company name,Owner,Country",
        "1,Acme,a@x.example,ES",
        "accounts",
        "id=Company ID,name=Company name,owner=Owner,country=Country",
    ),
    "Spanish": (
        "a.csv",
        "Factura;Cliente;Fecha;Vencimiento;Importe;Moneda",
        "F1;acme;13/04/2026;13/05/2026;1,50;EUR",
        "invoices",
        "number=Factura,account=Cliente,issued_on=Fecha,due_on=Vencimiento,amount=Importe,currency=Moneda",
    ),
    "a help desk": (
        "support_tickets.csv",
        "ticket_id,account_id,submitted_at,closed_at,priority",
        "T-1,acme,2026-01-02,2026-01-02 3:00,high",
        "tickets",
        "id=ticket_id,account=account_id,opened_at=submitted_at,closed_at=closed_at,priority=priority",
    ),
    "those who left": (
        "churn_events.csv",
        "churn_event_id,account_id,churn_date,reason_code",
        "C-1,acme,2026-01-02,pricing",
        "churns",
        "id=churn_event_id,account=account_id,churned_on=churn_date,reason=reason_code",
    ),
    "French": (
        "a.csv",
        "Nom;Courriel;Société",
        "Zoé;z@x.example;acme",
        "contacts",
        "name=Nom,email=Courriel,account=Société",
    ),
    "Indonesian": (
        "a.csv",
        "id pelanggan,tanggal bayar,jumlah,faktur",
        "acme,2026-01-02,100,F1",
        "payments",
        "account=id pelanggan,paid_on=tanggal bayar,amount=jumlah,invoice=faktur",
    ),
    "German": (
        "a.csv",
        "Rechnungsnummer;Kundennummer;Rechnungsdatum;Fällig am;Betrag",
        "F1;acme;13.04.2026;1.5.2026;1,50",
        "invoices",
        "number=Rechnungsnummer,account=Kundennummer,issued_on=Rechnungsdatum,due_on=Fällig am,amount=Betrag",
    ),
    "words as in programs": (
        "a.csv",
        "accountId,eventName,occurred_at,userId",
        "acme,login,2026-01-02T10:00:00Z,u",
        "events",
        "account=accountId,name=eventName,occurred_at=occurred_at,contact=userId",
    ),
    "answers": (
        "a.csv",
        "customer,nps score,comment,date",
        "acme,9,good,2026-04-01",
        "survey_responses",
        "account=customer,score=nps score,comment=comment,answered_at=date",
    ),
    "by the file's name": (
        "deals.csv",
        "customer,total,date",
        "acme,10,2026-01-02",
        "deals",
        "account=customer,amount=total,opened_on=date",
    ),
    "addresses by their looks": ("a.csv", "customer,who", "acme,z@x.example", "contacts", "account=customer,email=who"),
    "accounts by name": (
        "tickets.csv",
        "customer name,subject,opened",
        "Acme,Help,2026-01-02",
        "tickets",
        "account=customer name,subject=subject,opened_at=opened",
    ),
    "a day that is none": (
        "invoices.csv",
        "customer,invoice date,issued,due,amount",
        "acme,soon,2026-01-02,2026-02-02,3",
        "invoices",
        "account=customer,issued_on=issued,due_on=due,amount=amount",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_columns_are_guessed(name):
    file, header, row, kind, columns = FILES[name]
    mark = ";" if ";" in header else ","
    found = guess(header.split(mark), [row.split(mark)], file)
    assert found.kind == kind
    assert {field: column.column for field, column in found.fields().items()} == dict(
        each.split("=") for each in columns.split(",")
    )
    assert mapping_text(parse_mapping(mapping_text(found))) == mapping_text(found)


def test_how_accounts_are_named_is_looked_at():
    for header, text, lookup in (("customer", "c-1", ""), ("customer name", "Acme", "account_name"),
                                 ("customer", "acme.example", "domain")):  # fmt: skip
        assert guess([header, "churned on"], [[text, "2026-01-02"]]).fields()["account"].lookup == lookup


def test_what_is_unclear_is_left_open_and_what_is_said_is_not():
    header, rows = ["customer", "churned on"], [["acme", "03/04/2026"]]
    found = guess(header, rows)
    assert unclear(found, texts_of(header, rows)) == {"churned on": "03/04/2026"}
    found.fields()["churned_on"].format = "%d/%m/%Y"
    assert not unclear(found, texts_of(header, rows))


def test_a_survey_is_of_the_kind_that_its_words_name():
    assert guess(["customer", "csat", "date"], [["acme", "4", "2026-01-02"]], "x.csv").constants == {"kind": "csat"}


def test_columns_that_share_a_name_are_left_alone():
    assert not guess(["id", "id", ""], [["a", "b", "c"]]).fields()


def test_the_vocabulary_names_fields_that_there_are():
    fields = {field for kind in KINDS.values() for field in kind.struct.__struct_fields__}
    assert set(WORDS) <= fields
    for kind, words in KINDS_WORDS.items():
        assert set(words) <= set(KINDS[kind].struct.__struct_fields__), kind
    assert set(NAMES) == set(KINDS)
    texts = [word for words in [*WORDS.values(), *(w for own in KINDS_WORDS.values() for w in own.values())]
             for word in words.split(";")]  # fmt: skip
    assert [text for text in texts if plain(text) != " ".join(text.split())] == []
