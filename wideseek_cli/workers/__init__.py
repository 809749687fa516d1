"""Work on outside bytes in processes of its own, which can be ended whatever the bytes do."""

from wideseek_cli.workers.pool import Pool, close_shared, facts_pool, shared
from wideseek_cli.workers.task import Limits, Overrun, TaskFailed, TaskOverran

__all__ = ["Limits", "Overrun", "Pool", "TaskFailed", "TaskOverran", "close_shared", "facts_pool", "shared"]
