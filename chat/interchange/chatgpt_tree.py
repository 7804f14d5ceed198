"""The tree of what was said in a conversation of ChatGPT's export.

Nodes that say nothing are passed over: what follows them follows what they follow. Nobody need
have kept the rules: unknown ids, parents in a circle and trees as deep as the file are met with.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import partial

from chat.interchange.chatgpt_text import Said, listed, mapping, said
from chat.records import Role


@dataclass(slots=True)
class Node:
    """Something said, at an index of its path; `asked` is the index of the last user message."""

    id: str
    said: Said
    parent: "Node | None"
    index: int
    asked: int | None
    children: list["Node"] = field(default_factory=list["Node"])


@dataclass(slots=True)
class Tree:
    """What a conversation begins with, and where its reader was."""

    roots: list[Node]
    current: Node | None

    def siblings(self, node: Node) -> list[Node]:
        """All that stand in the same place, itself among them."""
        return self.roots if node.parent is None else node.parent.children

    def main_line(self) -> list[Node]:
        """From the beginning through `current` to an end."""
        start = self.current or self.roots[-1]
        line = newest_line(start)[:0:-1]
        node: Node | None = start
        while node is not None:
            line.append(node)
            node = node.parent
        return line[::-1]


def newest_line(node: Node) -> list[Node]:
    """A node and what follows it, always the newest, to an end."""
    line = [node]
    while line[-1].children:
        line.append(line[-1].children[-1])
    return line


def tree(conversation: dict[str, object], left_out: Counter[str]) -> Tree:
    """The tree; `left_out` counts what is not in it, by names for people."""
    nodes = {key: mapping(value) for key, value in mapping(conversation.get("mapping")).items()}
    following = _following(nodes)
    roots: list[Node] = []
    reached: dict[str, Node | None] = {}
    waiting: list[tuple[str, Node | None]] = [(key, None) for key in reversed(following[None])]
    while waiting:
        key, parent = waiting.pop()
        node = _node(key, nodes[key], parent, left_out)
        if node is not None:
            (roots if parent is None else parent.children).append(node)
        reached[key] = node or parent
        waiting += [(child, reached[key]) for child in reversed(following[key])]
    if len(reached) < len(nodes):
        left_out["messages whose parents go in a circle"] += len(nodes) - len(reached)
    return Tree(roots, reached.get(str(conversation.get("current_node"))))


def _following(nodes: dict[str, dict[str, object]]) -> dict[str | None, list[str]]:
    """The children of each node, in the order in which it lists them, and those without parent."""
    following: dict[str | None, list[str]] = defaultdict(list)
    for key, node in nodes.items():
        parent = node.get("parent")
        known = isinstance(parent, str) and parent in nodes
        following[str(parent) if known else None].append(key)
    for key in nodes.keys() & following.keys():
        listing = listed(nodes[key].get("children"))
        order = {str(child): place for place, child in enumerate(listing)}
        following[key].sort(key=partial(_place, order))
    return following


def _place(order: dict[str, int], child: str) -> int:
    """Where a child is listed; those that are not come last."""
    return order.get(child, len(order))


def _node(
    key: str, node: dict[str, object], parent: Node | None, left_out: Counter[str]
) -> Node | None:
    something = said(mapping(node.get("message")), left_out)
    if something is None:
        return None
    if parent is None:
        return Node(key, something, None, 0, None)
    asked = parent.index if parent.said.role is Role.USER else parent.asked
    return Node(key, something, parent, parent.index + 1, asked)
