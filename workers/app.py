"""Celery application that workers, beat and Flower load."""

from __future__ import annotations

from celery import Celery
from kombu.entity import Exchange, Queue

from argosy.infrastructure.config import Settings, load_settings
from argosy.infrastructure.redis_address import parse_redis_url
from argosy.infrastructure.state.overview import QUEUES
from argosy.infrastructure.supervisor.runtime import endpoints
from workers.lease import LeaseStep

POOL_PROCESS_S = 60.0
"""Longest time in seconds until a process of a prefork pool is ready."""


def make_app(settings: Settings) -> Celery:
    """Return the Celery application.

    Every setting prevents a measured fault of queues on Redis; see docs/decisions/0003.
    """
    address = parse_redis_url(endpoints(settings).redis_url)
    visibility_s = settings.engine.visibility_timeout_s
    app = Celery("argosy")
    transport = {
        "visibility_timeout": visibility_s,
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
        "unacked_restore_limit": 1000,
        "socket_timeout": 30,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 25,
    }
    app.conf.update(
        **address.celery_settings("workers.backend:QuietRedisBackend"),
        include=[
            "workers.tasks",
            "workers.maintenance",
            "workers.notices",
            "workers.money",
            "workers.reconcile",
            "workers.guard",
            "workers.failures",
        ],
        task_queues=[Queue(name, Exchange(name, type="direct"), routing_key=name) for name in QUEUES],
        task_default_queue="argosy.control",
        task_create_missing_queues=False,
        task_serializer="json",
        result_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_send_sent_event=False,
        worker_prefetch_multiplier=1,
        # By default Celery kills each new pool process that is not ready after 4 s. A busy machine, or a Redis
        # that is silent for 5 s, would leave the heavy queue without any process.
        worker_proc_alive_timeout=POOL_PROCESS_S,
        # Work in progress continues over a lost connection: its claim and outcome do not need the broker.
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_soft_shutdown_timeout=5,
        worker_enable_soft_shutdown_on_idle=True,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=transport,
        result_backend_transport_options=transport,
        visibility_timeout=visibility_s,
        result_expires=3600,
        result_chord_expires=86_400,
        timezone="UTC",
        enable_utc=True,
        beat_max_loop_interval=1,
    )
    app.steps["consumer"].add(LeaseStep)
    return app


app = make_app(load_settings())
