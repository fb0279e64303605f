"""Rules for the stand-ins' files. Loading them belongs to the sandbox, a separate package, so the command line runs it."""

from unified.authoring.lint.findings import Rule

STANDIN_LOADING = (
    Rule(
        code="X001",
        title="a stand-in's file cannot be loaded",
        explanation="The sandbox, the cassettes and the conformance tests of the provider need it.",
    ),
)
