"""How long a digest took to make, for whoever watches the machine"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("digest", sa.Column("seconds", sa.Float(), nullable=True))


def downgrade() -> None:
    op.drop_column("digest", "seconds")
