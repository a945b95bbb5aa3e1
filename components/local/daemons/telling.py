"""What was seen of a cluster, as figures. Only words: looking is the watcher's."""

from __future__ import annotations

from typing import Any

from figures import Figures


def tell_member(figures: Figures, labels: dict[str, str], row: dict[str, Any]) -> None:
    add = figures.add
    add("license_db_member_primary", "gauge", "Whether it takes writes.", int(not row["replica"]), labels)
    add("license_db_connections", "gauge", "Connections used.", row["connections"], labels)
    add("license_db_max_connections", "gauge", "Connections there may be.", row["max_connections"], labels)
    if not row["replica"]:
        add("license_db_archive_waiting", "gauge", "WAL segments that wait to be archived.", row["waiting"], labels)
        add(
            "license_db_archive_waiting_seconds",
            "gauge",
            "Age of the oldest WAL segment that waits to be archived; 0 when none does.",
            float(row["waiting_for"] or 0),
            labels,
        )


def tell_pooler(figures: Figures, name: str, stats: list[dict[str, Any]], pools: list[dict[str, Any]]) -> None:
    """With the names of prometheus-community/pgbouncer_exporter, as far as they go."""
    counters = {
        "total_xact_count": ("pgbouncer_stats_sql_transactions_pooled_total", 1, "Transactions."),
        "total_query_count": ("pgbouncer_stats_queries_pooled_total", 1, "Queries."),
        "total_query_time": ("pgbouncer_stats_queries_duration_seconds_total", 1e-6, "Time in queries."),
        "total_wait_time": ("pgbouncer_stats_client_wait_seconds_total", 1e-6, "Time clients waited for a server."),
    }
    for row in stats:
        if row["database"] == "pgbouncer":
            continue
        labels = {"pooler": name, "database": row["database"]}
        for column, (metric, factor, text) in counters.items():
            figures.add(metric, "counter", text, float(row[column]) * factor, labels)
    gauges = {
        "cl_active": ("pgbouncer_pools_client_active_connections", "Clients with a server, or idle."),
        "cl_waiting": ("pgbouncer_pools_client_waiting_connections", "Clients that wait for a server."),
        "sv_active": ("pgbouncer_pools_server_active_connections", "Servers in use."),
        "sv_idle": ("pgbouncer_pools_server_idle_connections", "Servers that are idle."),
        "maxwait": ("pgbouncer_pools_client_maxwait_seconds", "How long the first client waits."),
    }
    for row in pools:
        if row["database"] == "pgbouncer":
            continue
        labels = {"pooler": name, "database": row["database"], "user": row["user"]}
        for column, (metric, text) in gauges.items():
            figures.add(metric, "gauge", text, float(row[column]), labels)


def tell_backups(figures: Figures, status: dict[str, Any], made_at: float) -> None:
    """Of a kind of which there is none yet the age counts from when the cluster was made."""
    for kind in ("daily", "archive"):
        if kind not in status:
            continue
        labels = {"kind": kind}
        one = status[kind]
        figures.add(
            "license_db_backup_last_success_seconds",
            "gauge",
            "When the last full backup ended well.",
            one["lastSuccess"] or made_at,
            labels,
        )
        failure = one["lastFailure"]
        figures.add(
            "license_db_backup_failures_in_a_row",
            "gauge",
            "How many tries failed since the last good one.",
            failure["inARow"] if failure else 0,
            labels,
        )


def tell_drills(figures: Figures, drills: dict[str, Any], running: set[str]) -> None:
    """The last drill of each kind. Its moments stay: one that is over before Prometheus looks is seen all the same."""
    for kind, drill in sorted(drills.items()):
        labels = {"drill": kind}
        figures.add("license_db_drill", "gauge", "Whether a drill runs.", int(kind in running), labels)
        for moment in ("begin", "fault", "end"):
            figures.add(
                "license_db_drill_moment_seconds",
                "gauge",
                "When the last drill of its kind began, hurt the cluster and ended.",
                drill.get(moment),
                {**labels, "moment": moment},
            )
