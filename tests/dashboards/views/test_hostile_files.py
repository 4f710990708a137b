"""Files that are broken or made to harm: a line of the report or a clear sentence, never a page of errors, and no good
row lost."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook

from accounts.importers import unpacking, work
from accounts.models import Account, Refused, Upload
from tests.cast import Cast
from tests.dashboards.conftest import sign_in
from tests.dashboards.views.test_uploads import bring, brought, do

HEAD = "id,name,started_on\n"


def workbook(*rows: Any, title: str = "Sheet") -> bytes:
    book, file = Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def repacked(packed: bytes, **parts: bytes) -> bytes:
    """A workbook with some of its parts replaced, by the ends of their names."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            own = next((content for end, content in parts.items() if name.endswith(f"{end}.xml")), None)
            new.writestr(name, old.read(name) if own is None else own)
    return file.getvalue()


def bomb() -> bytes:
    return repacked(workbook(["id"], ["a"]), sheet1=b"<worksheet>" + b" " * 40_000_000)


def laughs() -> bytes:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha" * 50}">' for n in range(9))
    text = f'<?xml version="1.0"?><!DOCTYPE x [{entities}]><worksheet><sheetData>&a8;</sheetData></worksheet>'
    return repacked(workbook(["id"], ["a"]), sheet1=text.encode())


REFUSED: dict[str, tuple[str, bytes, str]] = {
    "empty": ("x.csv", b"", "is empty"),
    "only a header": ("x.csv", HEAD.encode(), "no row below it"),
    "no header": ("x.csv", b"\n\n\n", "names no columns"),
    "UTF-16": ("x.csv", HEAD.encode("utf-16"), "is in UTF-16"),
    "NUL in the header": ("x.csv", b"id,na\0me\na,b\n", "contains a NUL"),
    "a header without end": ("x.csv", b"id," + b"x" * 1_500_000, "is longer than"),
    "a quote in the header": ("x.csv", b'id,"name\na,Acme\n', "quote that nobody closed"),
    "gzip": ("x.csv", b"\x1f\x8b\x08\x00aaaa", "is packed"),
    "old Excel": ("x.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 100, "is an old or locked Excel file"),
    "a zip of something else": ("x.xlsx", repacked(workbook(["id"]))[:0] or b"PK\x03\x04" + b"x" * 200, "damaged zip"),
    "cut off": ("x.xlsx", workbook(["id", "name"], ["a", "b"])[:-400], "damaged zip"),
    "a bomb": ("x.xlsx", bomb(), "grows"),
    "a billion laughs": ("x.xlsx", laughs(), "no workbook that can be read"),
    "an empty workbook": ("x.xlsx", workbook(), "nothing in it"),
    "a picture": ("x.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10, "is no text"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_in_a_sentence(cast: Cast, name: str) -> None:
    file_name, content, said = REFUSED[name]
    response = bring(sign_in(cast.carol), content, file_name)
    assert response.status_code == 400
    fault = response.context["panel"].file_error
    assert said in fault
    assert "/tmp" not in fault
    assert not Upload.objects.of(cast.acme).exists()


LONG = "x" * 1_000_000
# Content → the accounts that come of it, by id, and the lines that are refused.
READ: dict[str, tuple[str, bytes, dict[str, str], list[int]]] = {
    "broken quoting": ("x.csv", (HEAD + 'a,"Ac,\nb,Bo,\nc,"Co",\n').encode(), {"b": "Bo", "c": "Co"}, [2]),
    "mixed encodings": ("x.csv", HEAD.encode() + "a,Añil,\n".encode() + "b,Peñón,\n".encode("latin-1"),
                        {"a": "Añil", "b": "Peñón"}, []),
    "a byte order mark": ("x.csv", ("\ufeff" + HEAD + "a,Acme,\n").encode(), {"a": "Acme"}, []),
    "semicolons": ("x.csv", b"id;name\na;Acme\n", {"a": "Acme"}, []),
    "tabs": ("x.tsv", b"id\tname\na\tAcme\n", {"a": "Acme"}, []),
    "one column": ("x.csv", b"id\na\nb\n", {"a": "a", "b": "b"}, []),
    "10,000 columns": ("x.csv", (",".join(["id", "name", *(f"c{n}" for n in range(9_998))]) + "\n"
                                 + ",".join(["a", "Acme", *["1"] * 9_998]) + "\n").encode(), {"a": "Acme"}, []),
    "a NUL": ("x.csv", HEAD.encode() + b"a,A\0,\nb,Bo,\n", {"b": "Bo"}, [2]),
    "a million characters": ("x.csv", (HEAD + f'a,"{LONG[:900_000]}",\nb,Bo,\nc,{LONG}{LONG},\nd,Do,\n').encode(),
                             {"b": "Bo", "d": "Do"}, [2, 4]),
    "days in five formats": ("x.csv", (HEAD + "a,A,2026-01-31\nb,B,31/01/2026\nc,C,01-31-2026\nd,D,31 Jan 2026\n"
                                       "e,E,2026-02-28\nf,F,31.1.26\n").encode(), {"a": "A", "e": "E"}, [3, 4, 5, 7]),
    "formulas": ("x.csv", (HEAD + "=1+1,=cmd|' /C calc'!A0,\n").encode(), {"=1+1": "=cmd|' /C calc'!A0"}, []),
    "a workbook called CSV": ("x.csv", workbook(["id", "name"], ["a", "Acme"], [7, "B"]), {"a": "Acme", "7": "B"}, []),
    "a CSV called workbook": ("x.xlsx", b"id,name\na,Acme\n", {"a": "Acme"}, []),
    "formulas without values": ("x.xlsx", workbook(["id", "name"], ["a", '="A"&"c"'], ["b", "Bo"]), {"b": "Bo"}, [2]),
    "a name of two lines": ("x.csv", b'id,"Company\nname"\na,Acme\n', {"a": "Acme"}, []),
    "a name of two lines in a sheet": ("x.xlsx", workbook(["id", "Company\nname"], ["a", "Acme"]), {"a": "Acme"}, []),
    "a row too long": ("x.xlsx", workbook(["id", "name", *map(str, range(40))], ["a", "Acme"],
                                               ["b", "Bo", *[LONG[:30_000]] * 40], ["c", "Co"]),
                       {"a": "Acme", "c": "Co"}, [3]),
    "rows of many lengths": ("x.csv", b"id,name\na\nb,Bo,more\nc,Co\n", {"c": "Co"}, [2, 3]),
    "columns that share a name": ("x.csv", b"id,name,x,x\na,Acme,1,2\n", {"a": "Acme"}, []),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_what_can_be_read_is_all_read(cast: Cast, name: str) -> None:
    file_name, content, accounts, lines = READ[name]
    browser = sign_in(cast.carol)
    upload = brought(browser, content, file_name)
    assert browser.get(f"/w/acme/sources/uploads/{upload.pk}").status_code == 200
    do(browser, upload, "kind", kind="accounts")
    assert do(browser, upload, "import").status_code == 302
    work.drain(upload.pk)
    upload.refresh_from_db()
    assert upload.state == Upload.State.DONE, upload.failure
    found = Account.objects.of(cast.acme).values_list("external_id", "name")
    assert dict(found) == accounts
    assert list(Refused.objects.of(cast.acme).order_by("row").values_list("row", flat=True)) == lines
    assert browser.get(f"/w/acme/sources/imports/{upload.imported_id}").status_code == 200
    assert browser.get(f"/w/acme/sources/imports/{upload.imported_id}/refused.csv").status_code == 200


def test_the_parts_of_a_zip_are_bounded() -> None:
    assert not unpacking.fault([("xl/worksheets/sheet1.xml", 100_000_000, 5_000_000)])
    assert "grows" in unpacking.fault([("xl/media/x.png", 20_000_000, 20)])
    assert "texts" in unpacking.fault([("xl/sharedStrings.xml", 300_000_000, 100_000_000)])
    assert "unpacked" in unpacking.fault([(f"{n}.xml", 900_000_000, 400_000_000) for n in range(3)])
    assert "parts" in unpacking.fault([(f"{n}.xml", 1, 1) for n in range(3_000)])
