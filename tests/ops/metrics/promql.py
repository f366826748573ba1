"""What an expression in PromQL asks for, and which labels its answer has."""

from typing import Any

import promql_parser as promql

from app.ops.metrics.rules import FAMILIES

OF_THE_TARGET = {"instance", "job"}
"""Labels that Prometheus itself adds to all that it scrapes."""

EXPOSED = {
    name: {*family.labels, *(["le"] if name.endswith("_bucket") else []), *OF_THE_TARGET}
    for family in FAMILIES
    for name in family.exposed
} | {"up": OF_THE_TARGET}


def parse(expression):
    """Return the tree of an expression, a dashboard's variables filled in.

    Raises:
        ValueError: it is none.
    """
    return promql.parse(expression.replace("$__rate_interval", "5m").replace("$instance", ".*"))


def nodes(tree):
    """Return all parts of an expression."""
    found: list[Any] = []
    promql.walk(tree, pre_visit=found.append)
    return found


def wrong(tree, known):
    """Return what an expression asks for that is not there, by the labels of what is known."""
    found = []
    for node in nodes(tree):
        if isinstance(node, promql.VectorSelector):
            if node.name not in known:
                found.append(node.name)
                continue
            asked = {matcher.name for matcher in node.matchers.matchers}
            found += [f"{node.name}{{{label}}}" for label in sorted(asked - known[node.name])]
        elif isinstance(node, promql.AggregateExpr):
            lacking = set(kept(node)) - labels(node.expr, known)
            found += [f"by ({label}) of {node.expr.prettify()}" for label in sorted(lacking)]
    return found


def kept(aggregate):
    return aggregate.modifier.labels if aggregate.modifier else []


def labels(node, known):
    """Return the labels that an answer can have."""
    if isinstance(node, promql.AggregateExpr):
        picks = node.prettify().startswith(("topk", "bottomk"))
        return labels(node.expr, known) if picks else set(kept(node))
    if isinstance(node, promql.VectorSelector):
        return known.get(node.name, set())
    if isinstance(node, promql.MatrixSelector):
        return labels(node.vector_selector, known)
    if isinstance(node, promql.Call):
        return set().union(*(labels(each, known) for each in node.args))
    if isinstance(node, promql.BinaryExpr):
        return labels(node.lhs, known) | labels(node.rhs, known)
    if isinstance(node, promql.ParenExpr | promql.UnaryExpr | promql.SubqueryExpr):
        return labels(node.expr, known)
    return set()
