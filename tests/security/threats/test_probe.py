from tests.security.threats.test_b_paths import *


async def test_probe(world):
    for provider in PROVIDERS:
        for case in cases(provider):
            answer, left = await sent(world, case, HARMLESS)
            print(
                "CASE",
                case,
                answer.status_code,
                answer.json().get("code") if answer.content else "",
                [f"{r.method} {r.url.path}" for r in left],
                "" if left else answer.text[:200],
            )
