"""The permissions as a page: what many have in common once, then stack by stack, then what other stages have otherwise."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ops.permissions.assembly import Assembly
from ops.permissions.statements import FUNCTION, ROLE, Kind, Reader, Statement
from stacks.reasons import ANY_RESOURCE, MANAGED, WIDE_ACTIONS, WIDE_PRINCIPALS, WIDE_RESOURCES

COMMON = 3
"""From so many holders on, a statement that reads the same for all of them is shown once."""

INTRODUCTION = """# Who may do what

Every statement of every policy of the product, read off the stacks of stage `{stage}`, and at the end how other stages differ.
`make permissions` writes this page, and a test fails when it is not what the stacks say. The reasons are in
`stacks/reasons.py`; that of a pattern stands at the construct that has it, where cdk-nag reads it too. What is not here, no
part of the product may do. Names of functions, tasks and roles are without their `{prefix}-`; `ACCOUNT` is the account.
"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A statement as it is shown; ``who`` holds it, or is guarded by it."""

    statement: Statement
    who: str
    name: str
    actions: str
    principals: str
    resource: str
    condition: str
    why: str

    @property
    def text(self) -> tuple[str, ...]:
        """What it says, whoever has it."""
        return (self.statement.effect, self.principals, self.actions, self.resource, self.condition)

    @property
    def shown(self) -> tuple[str, ...]:
        """What the table of a role shows of it."""
        return (self.name, self.statement.effect, self.actions, self.resource, self.condition, self.why)


class Page:
    """The rows of a stage, and the page made of them."""

    def __init__(self, assembly: Assembly) -> None:
        self.assembly = assembly
        self.reader = Reader(assembly)
        self.prefix = f"{assembly.stage.prefix}-"
        self.rows = [row for statement in self.reader.statements() for row in self._rows_of(statement)]
        self.stacks = {resource.stack for resource in assembly.resources}
        self.functions = {self._short(self.reader.names.of_resource(f)) for f in assembly.resources if f.type == FUNCTION}

    def text(self, others: Sequence[Assembly]) -> str:
        """The page, with what the other stages have otherwise."""
        common = self._common()
        parts = [
            INTRODUCTION.format(stage=self.assembly.stage.name, prefix=self.assembly.stage.prefix),
            "## What several have in common\n",
            self._common_table(common),
            *self._stacks(common),
            "## Who may take on a role\n",
            self._grouped(Kind.TRUST, ("Role of", "Statement", "Effect", "Who", "How", "", "Condition", "Why")),
            "## What resources allow by themselves\n",
            self._grouped(Kind.RESOURCE, ("On", "Statement", "Effect", "Who", "Actions", "Resource", "Condition", "Why")),
            "## Policies that AWS keeps\n",
            self._managed(),
            *(part for other in others for part in self._differences(other)),
        ]
        return "\n".join(parts)

    def _rows_of(self, statement: Statement) -> Iterator[Row]:
        own = self.reader.own(statement.source) if statement.source.type == ROLE else dict.fromkeys(statement.who, "itself")
        for who in statement.who:
            yield Row(
                statement=statement,
                who=self._short(who),
                name=statement.sid or "-",
                actions=_actions(statement.actions),
                principals=", ".join(statement.principals),
                resource=_all(own.get(resource, resource) for resource in statement.resources),
                condition=_all(_own(str(condition), own) for condition in statement.conditions),
                why=" ".join([statement.why or "?", *self._reasons_for_width(statement)]),
            )

    def _reasons_for_width(self, statement: Statement) -> Iterator[str]:
        for wildcard in statement.wildcards if statement.effect == "Allow" else ():
            yield f"`*`: {reason_for(self.assembly, statement, wildcard) or '?'}"
        if statement.allows_unnamed_actions:
            yield f"Every action: {WIDE_ACTIONS.get(statement.source.type, '?')}"
        if statement.allows_everybody:
            yield f"Everybody: {WIDE_PRINCIPALS.get(statement.source.type, '?')}"

    def _short(self, name: str) -> str:
        return name.replace(self.prefix, "")

    def _common(self) -> dict[str, list[Row]]:
        """By sid, the statements that several have in the same words, where these are most of those who have that sid."""
        by_sid: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            if row.statement.kind is Kind.IDENTITY:
                by_sid[row.name].append(row)
        common = {}
        for sid, rows in sorted(by_sid.items()):
            text, count = Counter(row.text for row in rows).most_common(1)[0]
            if count >= COMMON and count > len(rows) / 2:
                common[sid] = [row for row in rows if row.text == text]
        return common

    def _common_table(self, common: Mapping[str, Sequence[Row]]) -> str:
        lines = [(name, rows[0].statement.effect, self._holders(rows), *rows[0].shown[2:]) for name, rows in common.items()]
        return table(("Statement", "Effect", "Who", "Actions", "Resource", "Condition", "Why"), lines)

    def _stacks(self, common: Mapping[str, Sequence[Row]]) -> Iterator[str]:
        shared = {(row.who, name) for name, rows in common.items() for row in rows}
        identity = [row for row in self.rows if row.statement.kind is Kind.IDENTITY]
        for stack in dict.fromkeys(row.statement.source.stack for row in identity):
            rows = [row for row in identity if row.statement.source.stack == stack]
            purposes = {row.who: self._purpose(row) for row in rows}
            held = {who: [row.name for row in rows if row.who == who and (who, row.name) in shared] for who in purposes}
            yield f"## Stack {stack}\n"
            yield table(
                ("Who", "What for", "In common with others"),
                [(who, purpose, ", ".join(held[who])) for who, purpose in purposes.items()],
            )
            yield table(
                ("Who", "Statement", "Effect", "Actions", "Resource", "Condition", "Why"),
                [(row.who, *row.shown) for row in rows if (row.who, row.name) not in shared],
            )

    def _purpose(self, row: Row) -> str:
        """What a function or a role says it is for; a role that says nothing is for whoever may take it on."""
        named = [r for r in self.assembly.resources if self._short(self.reader.names.of_resource(r)) == row.who]
        said = [str(r.properties["Description"]) for r in [*named, row.statement.source] if "Description" in r.properties]
        trusts = (r.why for r in self.rows if r.who == row.who and r.statement.kind is Kind.TRUST)
        return next(iter(said), None) or next(trusts, "")

    def _grouped(self, kind: Kind, heads: Sequence[str]) -> str:
        groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for row in self.rows:
            if row.statement.kind is kind:
                groups[row.name, *row.text, row.why].append(row)
        return table(heads, [(self._holders(rows), *shown) for shown, rows in groups.items()])

    def _holders(self, rows: Iterable[Row]) -> str:
        holders = list(dict.fromkeys(row.who for row in rows))
        if self.functions <= set(holders):
            every = f"all {len(self.functions)} functions"
            return ", ".join([every, *(holder for holder in holders if holder not in self.functions)])
        return ", ".join(holders)

    def _managed(self) -> str:
        lines = [
            (", ".join(map(self._short, self.reader.who(role))), policy, MANAGED.get(policy.strip("`"), "?"))
            for role, policy in self.reader.managed()
        ]
        return table(("Who", "Policy", "Why"), lines)

    def _differences(self, assembly: Assembly) -> Iterator[str]:
        other, stage = Page(assembly), assembly.stage.name
        missing = sorted(self.stacks - other.stacks)
        here, there = self.by_statement(self, besides=missing), other.by_statement(self)
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for key in dict.fromkeys([*here, *there]):
            (who, name), mine, theirs = key, here.get(key, set()), there.get(key, set())
            for text in sorted(theirs - mine):
                found[name, "; ".join(part for part in text if part)].append(who)
            if mine and not theirs:
                found[name, "is not there"].append(who)
        yield f"## Where {stage} differs\n"
        if missing:
            yield f"Stacks that are not there, with all that they allow: {_all(missing)}.\n"
        yield table(("Statement", "Who", "In this stage"), [(name, _all(who), said) for (name, said), who in found.items()])

    def by_statement(self, page: Page, *, besides: Sequence[str] = ()) -> dict[tuple[str, str], set[tuple[str, ...]]]:
        """What statements say, by who has them and what they are called, in the words of another page's stage.

        ``besides`` are stacks that are left out.
        """
        texts: dict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
        for row in self.rows:
            if row.statement.source.stack not in besides:
                name = row.name if row.statement.sid else f"{row.principals}: {row.actions}"
                texts[self._as_in(page, row.who), name].add(tuple(self._as_in(page, part) for part in row.text))
        return texts

    def _as_in(self, page: Page, text: str) -> str:
        """A text as it would be in another page's stage, so that only real differences are seen."""
        mine, theirs = self.assembly.stage, page.assembly.stage
        return re.sub(rf"(?<![a-z]){mine.name}(?![a-z])", theirs.name, text.replace(mine.mail_identity, theirs.mail_identity))


def reason_for(assembly: Assembly, statement: Statement, wildcard: str) -> str | None:
    """Why a statement's resource may have a wildcard: its construct says so, and a lone ``*`` needs more."""
    if statement.kind is Kind.RESOURCE:
        return WIDE_RESOURCES.get(statement.source.type)
    accepted = assembly.reason_for_wildcard(statement.source, wildcard)
    return ANY_RESOURCE.get(statement.sid or "") if accepted and wildcard == "*" else accepted


def document(assemblies: Mapping[str, Assembly], *, stage: str) -> str:
    """The page of a stage, from all stages' assemblies."""
    others = [assembly for name, assembly in assemblies.items() if name != stage]
    return Page(assemblies[stage]).text(others)


def table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table in Markdown without the columns that are empty; a sentence when there are no lines."""
    if not lines:
        return "None.\n"
    kept = [index for index in range(len(heads)) if any(line[index] for line in lines)]
    rows = [heads, ["---"] * len(heads), *lines]
    return "\n".join("| " + " | ".join(row[index].replace("|", "\\|") for index in kept) + " |" for row in rows) + "\n"


def _actions(actions: Sequence[str]) -> str:
    """The actions, with the service at the first of each."""
    services: dict[str, list[str]] = defaultdict(list)
    for action in actions:
        services[action.partition(":")[0]].append(action)
    return _all(
        " ".join([f"`{first}`", *(f"`{other.partition(':')[2]}`" for other in others)]) for first, *others in services.values()
    )


def _all(parts: Iterable[str]) -> str:
    return ", ".join(parts)


def _own(text: str, own: Mapping[str, str]) -> str:
    for name, said in own.items():
        text = text.replace(name, said)
    return text
