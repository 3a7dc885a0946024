"""What is planned and too old to be asked, found without reading everything that is planned"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_PLANNED = sa.text("state = 'planned'")


def upgrade() -> None:
    op.create_index(
        "ix_outbound_useless",
        "outbound",
        ["useless_after"],
        sqlite_where=_PLANNED,
        postgresql_where=_PLANNED,
    )


def downgrade() -> None:
    op.drop_index(
        "ix_outbound_useless", table_name="outbound", sqlite_where=_PLANNED, postgresql_where=_PLANNED
    )
