"""The few column shapes every table shares, so that a rule about them is written once.

SQLModel tables do not validate what is put into them: whatever must hold for ever is a CHECK here.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BindParameter,
    CheckConstraint,
    ColumnElement,
    Float,
    String,
    Table,
    bindparam,
    literal_column,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel, col
from sqlmodel.sql.sqltypes import UTCDateTime

from followup.store.seal import HASH_LENGTH, Sealed, known_hashes

# Names for every constraint: without them a migration cannot change one on SQLite.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


# The moment at which a question is asked that is built once and put at every tick.
NOW: BindParameter[datetime] = bindparam("now", type_=UTCDateTime())


def word(known: str) -> ColumnElement[str]:
    """A word of our own in a statement, not as a parameter: neither database would use a partial index for
    one, and look through every row there ever was."""
    return literal_column(f"'{known}'")


class Row(SQLModel):
    """The base of every table: prints as its name and id, since a row holds names and numbers."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self, 'id', '?')}>"

    __str__ = __repr__


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model, for statements that are to give values and no rows of the session."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


class Score(TypeDecorator[Decimal]):
    """A pain score: Decimal outside, a float in the database (halves are exact in binary)."""

    impl = Float
    cache_ok = True

    def __repr__(self) -> str:
        return "Score()"

    def process_bind_param(self, value: Any, dialect: Dialect) -> float | None:
        return None if value is None else float(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(str(value)).normalize() + 0


def moment(**options: Any) -> Any:
    """An aware UTC datetime; naive ones are refused by the type."""
    return Field(sa_type=UTCDateTime, **options)


def sealed(place: str, **options: Any) -> Any:
    return Field(sa_type=Sealed(place), **options)


def hashed(kind: str, of: str, **options: Any) -> Any:
    """The keyed hash by which the sealed column `of` of the same row is found. Compared by `is_one_of`."""
    return Field(sa_type=String(HASH_LENGTH), sa_column_kwargs={"info": {"hash_of": (kind, of)}}, **options)


def is_one_of(column: Any, kind: str, value: str) -> ColumnElement[bool]:
    """Whether the hash in `column` is that of `value`, under whichever live key it was made.

    Never compare two stored hashes: while keys change one of them may be older, and a number that asked us to
    stop would be texted again.
    """
    return col(column).in_(known_hashes(kind, value))


def score() -> Any:
    return Field(default=None, sa_type=Score, nullable=True)


def words(length: int, **options: Any) -> Any:
    return Field(sa_type=String(length), **options)


def one_of(column: str, known: Iterable[str]) -> CheckConstraint:
    """A CHECK that `column` holds one of the known words."""
    listed = ", ".join(f"'{word}'" for word in known)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def is_score(column: str) -> CheckConstraint:
    """A CHECK for 0 to 10 in halves: a score of 99 must not fit in the table."""
    return CheckConstraint(
        f"{column} >= 0 AND {column} <= 10 AND {column} * 2 = CAST({column} * 2 AS INTEGER)",
        name=f"{column}_is_score",
    )
