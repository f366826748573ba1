"""`booking ops`: for the person on call, from a shell."""

import typer

from app.ops.doctor.commands import doctor
from app.ops.watch.commands import watch

ops = typer.Typer(help="For the person on call: what is wrong, and whether it still is.", no_args_is_help=True)
ops.command()(doctor)
ops.command()(watch)
