"""The way out, and back: what works in the background. `create_celery` is its composition root."""

from celery import Celery

from app.jobs import celery_client
from app.settings import Settings
from worker import heartbeat, schedule, tasks
from worker.workshop import Workshop


def create_celery(settings: Settings) -> Celery:
    """Build the Celery application: JSON only, ids only, tasks that may run twice and are acknowledged when done."""
    celery = celery_client(settings)
    celery.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_soft_shutdown_timeout=10.0,
        worker_enable_soft_shutdown_on_idle=True,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_max_retries=None,
        task_soft_time_limit=None,
    )
    tasks.register(celery, Workshop(settings))
    schedule.install(celery)
    heartbeat.install(celery, settings)
    return celery
