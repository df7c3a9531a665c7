"""`winback import` and `winback lapsed` as they are typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.db import Database
from tests.bot.importing import files
from tests.bot.importing.conftest import make_shop
from tests.conftest import SECRET

Run = Callable[..., Result]


@pytest.fixture
def run(sqlite_db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line on an installed database with one shop."""
    make_shop(sqlite_db)
    config = tmp_path / "config.yml"
    config.write_text(f"home: {tmp_path}\n")
    for name in ("DATABASE_URL", "REDIS_URL", "WINBACK_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")  # the tables of a wide terminal
    monkeypatch.setenv("WINBACK_CONFIG", str(config))
    monkeypatch.setenv("WINBACK_SECRET_KEY", SECRET)
    (tmp_path / "customers.csv").write_text(files.SHOPIFY_CUSTOMERS)
    (tmp_path / "orders.csv").write_text(files.SHOPIFY_ORDERS)

    def call(*arguments: str) -> Result:
        typed = [str(tmp_path / word) if word.endswith(".csv") else word for word in arguments]
        return CliRunner().invoke(main, typed)

    return call


def test_a_dry_run_shows_columns_and_rows_with_masked_numbers(run: Run) -> None:
    shown = run("import", "customers", "customers.csv", "--dry-run")
    assert shown.exit_code == 0, shown.output
    for words in (
        "Default Address Phone",
        "customer.attributes.tax_exempt",
        "consent to e-mail, which is not",
        "3 rows would",
    ):
        assert words in " ".join(shown.output.split())
    assert "2125550101" not in shown.output
    told = json.loads(run("import", "orders", "orders.csv", "--dry-run", "--json").stdout)
    assert told["columns"]["external_id"] == ["Name"]
    assert (told["rows"], told["counting"]) == (7, 3)


def test_an_import_ends_with_who_may_be_texted(run: Run) -> None:
    shown = run("import", "customers", "customers.csv", "--consent-wording", "I agree to texts from Fern")
    assert shown.exit_code == 0, shown.output
    assert "3 new, 0 changed" in shown.output
    assert "may be texted" in shown.output
    again = json.loads(run("import", "customers", "customers.csv", "--json").stdout)
    assert (again["created"], again["unchanged"], again["rejected"]) == (0, 3, 2)
    assert again["standing"]["may_be_texted"] == 2
    assert again["standing"]["may_not"] == {"no_consent": 1}
    assert Path(again["rejected_file"]).name == "customers.csv.rejected.csv"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("customers", "orders.csv", "--map", "phone=Fone"), "no column «Fone»"),
        (("customers", "customers.csv", "--map", "phone"), 'write it as --map phone="Billing Phone"'),
        (("customers", "customers.csv", "--country", "Narnia"), "is no country"),
        (("orders", "customers.csv"), "no column found for"),
        (("customers", "absent.csv"), "does not exist"),
    ],
)
def test_wrong_usage_is_said_with_the_remedy(run: Run, arguments: tuple[str, ...], said: str) -> None:
    told = run("import", *arguments)
    assert told.exit_code == 2
    assert said in " ".join(told.output.replace("│", " ").split())


def test_lapsed_counts_by_itself(run: Run) -> None:
    run("import", "customers", "customers.csv")
    run("import", "orders", "orders.csv")
    told = run("lapsed", "--days", "10", "--as-of", "2026-01-13", "--json")
    assert json.loads(told.stdout) == {"lapsed": 1, "days": 10, "as_of": "2026-01-13"}
    assert json.loads(run("lapsed", "--days", "9", "--as-of", "2026-01-13", "--json").stdout)["lapsed"] == 2
    assert "2 customers of Fern Tea" in run("lapsed", "--days", "9").output
    assert run("lapsed", "--days", "9", "--to", "8").exit_code == 2
