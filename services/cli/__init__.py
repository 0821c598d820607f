"""``loumen``: the one package that knows all services. It asks them over the bus, and migrates their databases."""

from typing import Annotated

import typer

from services.cli import account, backup, classifier, directory, hotline, ledger, parked, policy, system, trail
from services.cli.terminal import english
from shared import logs

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="楼门 Loumen")
app.command("migrate")(system.migrate_databases)
app.command("audit")(system.audit_system)
app.command("clock")(system.clock)
app.command("erase")(system.erase)
app.command("backup")(backup.back_up_installation)
app.command("restore")(backup.restore_installation)
app.add_typer(account.app, name="account")
app.add_typer(classifier.app, name="classifier")
app.add_typer(directory.app, name="directory")
app.add_typer(hotline.app, name="hotline")
app.add_typer(parked.app, name="parked")
app.add_typer(ledger.app, name="ledger")
app.add_typer(policy.app, name="policy")
app.add_typer(trail.app, name="trail")


@app.callback()
def main(
    lang: Annotated[str, typer.Option(envvar=["LOUMEN_LANG", "LANG"], help="zh or en", metavar="LANG")] = "zh",
) -> None:
    """Command line of Loumen."""
    english.set(lang.lower().startswith("en"))
    logs.setup("loumen", level="CRITICAL")  # what goes wrong is said in one line
